package dev.gatehouse.abuse.response;

import static dev.gatehouse.abuse.Severity.CRITICAL;
import static dev.gatehouse.abuse.Severity.WARNING;
import static dev.gatehouse.core.Restraint.DEGRADED;
import static dev.gatehouse.core.Restraint.QUARANTINED;
import static dev.gatehouse.core.Restraint.THROTTLED;

import dev.gatehouse.abuse.CallerRule;
import dev.gatehouse.abuse.Sign;
import java.util.List;
import java.util.Optional;

/** A small catalogue for tests. */
final class TestRules {

  private static final List<CallerRule> RULES =
      List.of(
          new CallerRule("surge", CRITICAL, Optional.of(THROTTLED), Sign.AMOUNT, true),
          new CallerRule("probing-models", CRITICAL, Optional.of(QUARANTINED), Sign.DENIALS, true),
          new CallerRule("drift", WARNING, Optional.of(THROTTLED), Sign.AMOUNT, true),
          new CallerRule("drip", WARNING, Optional.of(THROTTLED), Sign.AMOUNT, true),
          new CallerRule("near-copies", WARNING, Optional.of(DEGRADED), Sign.CLOSENESS, true),
          new CallerRule("new-volume", WARNING, Optional.of(QUARANTINED), Sign.ORIGIN, true),
          new CallerRule("burn", CRITICAL, Optional.of(THROTTLED), Sign.AMOUNT, false),
          new CallerRule("operations", CRITICAL, Optional.empty(), Sign.AMOUNT, false));

  private TestRules() {}

  static Optional<CallerRule> find(String id) {
    return RULES.stream().filter(rule -> rule.id().equals(id)).findFirst();
  }
}
