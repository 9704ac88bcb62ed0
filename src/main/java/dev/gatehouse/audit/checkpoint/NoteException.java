package dev.gatehouse.audit.checkpoint;

/** A text is no checkpoint that can be trusted. The message says why, in one line. */
public final class NoteException extends Exception {

  private static final long serialVersionUID = 1L;

  /** The reasons for which a text is none. */
  public enum Reason {
    /** It is not of the form. */
    MALFORMED,
    /** It is not signed with the key that was asked for. */
    NOT_SIGNED,
    /** It has a signature of that key's name and id which is not that key's. */
    SIGNATURE_WRONG,
    /** It is of another log than the key. */
    ORIGIN_DIFFERS
  }

  private final Reason reason;

  NoteException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Why it is none. */
  public Reason reason() {
    return reason;
  }

  static NoteException malformed(String message) {
    return new NoteException(Reason.MALFORMED, message);
  }
}
