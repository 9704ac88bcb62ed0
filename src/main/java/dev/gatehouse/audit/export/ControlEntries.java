package dev.gatehouse.audit.export;

import dev.gatehouse.audit.AuditUnavailableException;
import dev.gatehouse.audit.control.ControlLogReader;
import dev.gatehouse.audit.merkle.NodeSource;
import java.io.IOException;

/** The control log, as an export needs it. */
public interface ControlEntries {

  /** Takes the bytes of entries in order. */
  @FunctionalInterface
  interface Taker {
    /** Takes the next one. */
    void take(long sequence, byte[] entry) throws IOException;
  }

  /**
   * Gives the entries from number 0 to before {@code size}.
   *
   * @throws IOException if they cannot be read, or {@code taker} throws it
   */
  void first(long size, Taker taker) throws IOException;

  /** The stored nodes of its tree. */
  NodeSource nodes();

  /** The one in the database. */
  static ControlEntries of(ControlLogReader reader) {
    return new ControlEntries() {
      @Override
      public void first(long size, Taker taker) throws IOException {
        try {
          reader.<IOException>range(
              0, size, stored -> taker.take(stored.columns().sequence(), stored.bytes()));
        } catch (AuditUnavailableException e) {
          throw new IOException("the control log cannot be read", e);
        }
      }

      @Override
      public NodeSource nodes() {
        return reader;
      }
    };
  }
}
