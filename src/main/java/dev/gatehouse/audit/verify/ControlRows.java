package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.control.ControlRow;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The control log as it is found, read once from its beginning. */
public interface ControlRows {

  /**
   * A row.
   *
   * @param sequence the place at which it stands
   * @param entry its bytes
   * @param columns what stands beside the bytes, or null where there is nothing but bytes
   */
  record Row(long sequence, byte[] entry, @Nullable ControlRow columns) {}

  /**
   * The next row in ascending order of places, or null behind the last.
   *
   * @throws IOException if it cannot be read
   */
  @Nullable Row next() throws IOException;
}
