package dev.gatehouse.audit;

/**
 * The control log says something else already of a journal or a segment than what was to be
 * written: one of both was changed. Trying again does not help.
 */
public final class AnchorMismatchException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** For a difference that {@code message} describes. */
  public AnchorMismatchException(String message) {
    super(message);
  }
}
