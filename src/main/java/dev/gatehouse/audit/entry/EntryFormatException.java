package dev.gatehouse.audit.entry;

/** Bytes are not those of an entry. The message says why, in one line, without what they hold. */
public final class EntryFormatException extends Exception {

  private static final long serialVersionUID = 1L;

  EntryFormatException(String message) {
    super(message);
  }
}
