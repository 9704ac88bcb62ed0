package dev.gatehouse.access;

/**
 * This replica has other keys than those that the API keys in the database were made with; the
 * message says what to do.
 */
public final class KeysetMismatchException extends RuntimeException {

  private static final long serialVersionUID = 1;

  KeysetMismatchException(String message) {
    super(message);
  }
}
