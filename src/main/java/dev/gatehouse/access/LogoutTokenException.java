package dev.gatehouse.access;

/** Why something is no logout token; one cause a failure, for the log and for tests. */
final class LogoutTokenException extends Exception {

  private static final long serialVersionUID = 1L;

  /** What is wrong with it. */
  enum Cause {
    /** It is no JWT in compact form, too large, or a claim has the wrong type. */
    MALFORMED,
    /** It is signed with an algorithm that is not allowed. */
    ALGORITHM,
    /** It brings a key of its own, or says that it is another kind of token. */
    TYPE,
    /** The issuer publishes no key of this id. */
    KEY,
    /** The signature does not verify. */
    SIGNATURE,
    /** It is of another issuer. */
    ISSUER,
    /** It is for no client whose logouts are taken. */
    AUDIENCE,
    /** It is too old, expired, or from the future. */
    TIME,
    /** It has no id of its own. */
    ID,
    /** It does not say that it is about a logout. */
    EVENT,
    /** It has a nonce, as ID tokens do and logout tokens must not. */
    NONCE,
    /** It names neither a subject nor a session. */
    NOBODY,
    /** It came before. */
    REPLAYED
  }

  private final Cause cause;

  LogoutTokenException(Cause cause) {
    super(cause.name());
    this.cause = cause;
  }

  Cause reason() {
    return cause;
  }
}
