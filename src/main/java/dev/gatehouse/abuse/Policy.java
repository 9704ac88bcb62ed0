package dev.gatehouse.abuse;

import dev.gatehouse.core.Restraint;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Decides from confirmed findings what to propose; a function of its arguments alone.
 *
 * <p>It takes one critical finding, or warnings of two different rules within the corroboration
 * window. Whose finding it was (a gateway's or Prometheus') makes no difference, so that one rule
 * found by both is still one sign. The restraint is the strictest of the rules involved. Rules
 * without a restraint are no signs.
 */
final class Policy {

  /** Labels of metrics that stand for many, whom nothing may be done to together. */
  static final Set<String> NOBODY = Set.of("other", "unregistered");

  /** So many different rules must agree if none of them is critical. */
  static final int RULES_MIN = 2;

  private final Function<String, Optional<CallerRule>> rules;
  private final ResponseSettings settings;

  Policy(Function<String, Optional<CallerRule>> rules, ResponseSettings settings) {
    this.rules = rules;
    this.settings = settings;
  }

  /**
   * What a finding leads to.
   *
   * @param finding one that is confirmed at {@code now}
   * @param others further findings, of which those count that are of the same caller, confirmed and
   *     recent
   */
  Optional<Proposal> propose(Finding finding, Collection<Finding> others, Instant now) {
    if (settings.mode() == ResponseMode.OFF || NOBODY.contains(finding.caller().value())) {
      return Optional.empty();
    }
    Map<String, Restraint> signs = new TreeMap<>();
    restraint(finding).ifPresent(restraint -> signs.put(finding.rule(), restraint));
    if (signs.isEmpty()) {
      return Optional.empty();
    }
    boolean critical = finding.severity() == Severity.CRITICAL;
    for (Finding other : others) {
      if (counts(other, finding, now)) {
        restraint(other).ifPresent(restraint -> signs.put(other.rule(), restraint));
      }
    }
    if (!critical && signs.size() < RULES_MIN) {
      return Optional.empty();
    }
    Restraint strictest = Collections.max(signs.values());
    return Optional.of(
        new Proposal(
            finding.caller(),
            strictest,
            signs.keySet().stream().toList(),
            finding.id(),
            settings.restrictionDuration(),
            settings.disableClients() && strictest == Restraint.QUARANTINED,
            settings.callersPerHourMax()));
  }

  private boolean counts(Finding other, Finding finding, Instant now) {
    return other.caller().equals(finding.caller())
        && other.response() != Finding.Response.UNCONFIRMED
        && !other.lastTime().isBefore(now.minus(settings.corroborationWindow()));
  }

  private Optional<Restraint> restraint(Finding finding) {
    return rules.apply(finding.rule()).flatMap(CallerRule::restraint);
  }
}
