package dev.gatehouse.engine;

/**
 * The model failed on this batch; the instance stays usable.
 *
 * <p>The message is bounded and carries no path, but may repeat what the model's own code says: it
 * is for the log and for the model's publisher, not for callers.
 */
public final class ExecutionFailedException extends Exception {

  private static final long serialVersionUID = 1L;

  ExecutionFailedException(String reason) {
    super(reason);
  }

  ExecutionFailedException(String reason, Throwable cause) {
    super(reason, cause);
  }
}
