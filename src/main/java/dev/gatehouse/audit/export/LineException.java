package dev.gatehouse.audit.export;

/** A line is not one of an export. The message says why, in one line, without what it holds. */
public final class LineException extends Exception {

  private static final long serialVersionUID = 1L;

  LineException(String message) {
    super(message);
  }
}
