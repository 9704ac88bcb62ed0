package dev.gatehouse.keys;

/**
 * The file of the keyset cannot be used; the message says why and what to do, and nothing of what
 * is in the file. It has no cause, since a parser's message might quote the file.
 */
public final class KeyFileException extends RuntimeException {

  private static final long serialVersionUID = 1;

  KeyFileException(String message) {
    super(message);
  }
}
