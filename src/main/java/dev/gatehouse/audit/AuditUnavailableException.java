package dev.gatehouse.audit;

/** An entry cannot be written, so that what it describes must not happen. */
public final class AuditUnavailableException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** For a failure with a cause. */
  public AuditUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }

  /** For a state in which nothing is written. */
  public AuditUnavailableException(String message) {
    super(message);
  }
}
