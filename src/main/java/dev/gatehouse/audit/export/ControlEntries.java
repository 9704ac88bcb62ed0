package dev.gatehouse.audit.export;

import dev.gatehouse.audit.AuditUnavailableException;
import dev.gatehouse.audit.control.ControlLogReader;
import dev.gatehouse.audit.control.ControlLogReader.Place;
import dev.gatehouse.audit.merkle.Hash;
import java.io.IOException;
import java.util.Map;

/** The control log, as an export needs it. */
public interface ControlEntries {

  /** Takes the bytes of entries in order. */
  @FunctionalInterface
  interface Taker {
    /** Takes the next one. */
    void take(long sequence, byte[] entry) throws IOException;
  }

  /**
   * Gives the entries from number {@code from} to before {@code to}.
   *
   * @throws IOException if they cannot be read, or {@code taker} throws it
   */
  void range(long from, long to, Taker taker) throws IOException;

  /** The stored nodes of its tree that the entries from {@code from} to {@code to} complete. */
  Map<Place, Hash> nodesCompleted(long from, long to);

  /** The one in the database. */
  static ControlEntries of(ControlLogReader reader) {
    return new ControlEntries() {
      @Override
      public void range(long from, long to, Taker taker) throws IOException {
        try {
          reader.<IOException>range(
              from, to, stored -> taker.take(stored.columns().sequence(), stored.bytes()));
        } catch (AuditUnavailableException e) {
          throw new IOException("the control log cannot be read", e);
        }
      }

      @Override
      public Map<Place, Hash> nodesCompleted(long from, long to) {
        return reader.nodesCompleted(from, to);
      }
    };
  }
}
