package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.merkle.Hash;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The stored nodes of the control log's tree, read once, in the order in which entries complete
 * them: by {@code (index + 1) << level}, then by level.
 */
public interface NodeRows {

  /** A stored node. */
  record Node(int level, long index, Hash hash) {}

  /**
   * The next node, or null behind the last.
   *
   * @throws IOException if it cannot be read
   */
  @Nullable Node next() throws IOException;
}
