package dev.gatehouse.audit.checkpoint;

import java.io.IOException;

/** A sink has another checkpoint of the same size. Whether that proves a fork hangs on its key. */
final class OtherCheckpointException extends IOException {

  private static final long serialVersionUID = 1L;

  // Such exceptions are caught where they are thrown, and never serialized.
  private final transient SignedNote there;

  OtherCheckpointException(String message, SignedNote there) {
    super(message);
    this.there = there;
  }

  /** What the sink has. */
  SignedNote there() {
    return there;
  }
}
