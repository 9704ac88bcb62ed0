package dev.gatehouse.scheduling;

/** A rule that a simulated schedule broke. */
final class ScheduleBrokenError extends AssertionError {

  private static final long serialVersionUID = 1L;

  private final String rule;

  ScheduleBrokenError(String rule, Object subject) {
    super(rule + ": " + subject);
    this.rule = rule;
  }

  String rule() {
    return rule;
  }
}
