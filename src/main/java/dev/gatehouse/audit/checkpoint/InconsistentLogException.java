package dev.gatehouse.audit.checkpoint;

/** What is stored contradicts itself or what was signed. The message says how, in one line. */
final class InconsistentLogException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String problem;

  InconsistentLogException(String problem) {
    super(problem);
    this.problem = problem;
  }

  /** What is wrong. */
  String problem() {
    return problem;
  }
}
