package dev.gatehouse.abuse;

import dev.gatehouse.core.Restraint;
import java.util.Arrays;
import java.util.Optional;

/** A small catalogue for tests. */
enum TestRules {
  SURGE(Severity.CRITICAL, Restraint.THROTTLED, true),
  PROBING_MODELS(Severity.CRITICAL, Restraint.QUARANTINED, true),
  DRIFT(Severity.WARNING, Restraint.THROTTLED, true),
  NEAR_COPIES(Severity.WARNING, Restraint.DEGRADED, true),
  NEW_VOLUME(Severity.WARNING, Restraint.QUARANTINED, true),
  BURN(Severity.CRITICAL, Restraint.THROTTLED, false),
  OPERATIONS(Severity.CRITICAL, null, false);

  private final CallerRule rule;

  TestRules(
      Severity severity, @org.jspecify.annotations.Nullable Restraint restraint, boolean here) {
    this.rule =
        new CallerRule(
            name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'),
            severity,
            Optional.ofNullable(restraint),
            here);
  }

  CallerRule rule() {
    return rule;
  }

  static Optional<CallerRule> find(String id) {
    return Arrays.stream(values())
        .map(TestRules::rule)
        .filter(rule -> rule.id().equals(id))
        .findFirst();
  }
}
