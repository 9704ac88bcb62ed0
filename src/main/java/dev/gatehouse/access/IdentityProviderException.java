package dev.gatehouse.access;

/** Why the identity provider did not do something; its message carries nothing from outside. */
final class IdentityProviderException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** What went wrong, as far as it makes a difference. */
  enum Problem {
    /** It does not answer, not in time, or with an error of its own. */
    UNREACHABLE,
    /** It does not let the gateway do this, or finds the request wrong. */
    REFUSED,
    /** What was to be made is there already. */
    CONFLICT,
    /** What was asked for is not there. */
    MISSING
  }

  private final Problem problem;

  IdentityProviderException(Problem problem, String message) {
    super(message);
    this.problem = problem;
  }

  Problem problem() {
    return problem;
  }
}
