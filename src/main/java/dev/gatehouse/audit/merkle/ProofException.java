package dev.gatehouse.audit.merkle;

/** A proof proves nothing. The message says why, in one line. */
public final class ProofException extends Exception {

  private static final long serialVersionUID = 1L;

  /** The reasons for which a proof proves nothing. */
  public enum Reason {
    /** A size is negative or beyond {@link Proofs#SIZE_MAX}. */
    SIZE_INVALID,
    /** The index is negative or not below the size of the tree. */
    INDEX_BEYOND_TREE,
    /** The first tree is larger than the second. */
    SIZES_REVERSED,
    /** There are more hashes than the sizes need. */
    PATH_TOO_LONG,
    /** There are fewer hashes than the sizes need. */
    PATH_TOO_SHORT,
    /** The hashes make another root than the first tree's. */
    FIRST_ROOT_DIFFERS,
    /** The hashes make another root than the tree's. */
    ROOT_DIFFERS
  }

  private final Reason reason;

  ProofException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Why the proof proves nothing. */
  public Reason reason() {
    return reason;
  }
}
