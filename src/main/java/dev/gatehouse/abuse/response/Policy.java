package dev.gatehouse.abuse.response;

import dev.gatehouse.abuse.CallerRule;
import dev.gatehouse.abuse.Severity;
import dev.gatehouse.abuse.Sign;
import dev.gatehouse.core.Restraint;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Decides from confirmed findings what to propose; a function of its arguments alone.
 *
 * <p>It takes one critical finding, or warnings of rules that look at two different things, which
 * gateways saw themselves within the corroboration window. Whose finding it was (a gateway's or
 * Prometheus') makes no difference, so that one rule found by both is still one sign. The restraint
 * is the strictest of the rules involved. Rules without a restraint are no signs, and neither are
 * those that a person has excused, nor what looks at the same thing as one of them: it would agree
 * with it by nature.
 */
final class Policy {

  /** Labels of metrics that stand for many, whom nothing may be done to together. */
  static final Set<String> NOBODY = Set.of("other", "unregistered");

  /** So many different signs must agree if none of them is critical. */
  static final int SIGNS_MIN = 2;

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
   * @param excused the ids of rules that led to what a person has ended
   */
  Optional<Proposal> propose(
      Finding finding, Collection<Finding> others, Set<String> excused, Instant now) {
    if (settings.mode() == ResponseMode.OFF || NOBODY.contains(finding.caller().value())) {
      return Optional.empty();
    }
    Map<String, CallerRule> involved = new TreeMap<>();
    Set<Sign> signsExcused = signs(excused);
    involve(finding, signsExcused, involved);
    if (involved.isEmpty()) {
      return Optional.empty();
    }
    for (Finding other : others) {
      if (counts(other, finding, now)) {
        involve(other, signsExcused, involved);
      }
    }
    long signs = involved.values().stream().map(CallerRule::sign).distinct().count();
    if (finding.severity() != Severity.CRITICAL && signs < SIGNS_MIN) {
      return Optional.empty();
    }
    Restraint strictest =
        involved.values().stream()
            .flatMap(rule -> rule.restraint().stream())
            .max(Comparator.naturalOrder())
            .orElseThrow();
    return Optional.of(
        new Proposal(
            finding.caller(),
            strictest,
            involved.keySet().stream().toList(),
            finding.id(),
            settings.restrictionDuration(),
            settings.disableClients() && strictest == Restraint.QUARANTINED,
            settings.callersPerHourMax()));
  }

  private boolean counts(Finding other, Finding finding, Instant now) {
    return other.caller().equals(finding.caller())
        && other.confirmTime() != null
        && !other.confirmTime().isBefore(now.minus(settings.corroborationWindow()));
  }

  private Set<Sign> signs(Set<String> ids) {
    return ids.stream()
        .flatMap(id -> rules.apply(id).stream())
        .map(CallerRule::sign)
        .collect(Collectors.toUnmodifiableSet());
  }

  private void involve(Finding finding, Set<Sign> excused, Map<String, CallerRule> involved) {
    rules
        .apply(finding.rule())
        .filter(rule -> rule.restraint().isPresent())
        .filter(rule -> !excused.contains(rule.sign()))
        .ifPresent(rule -> involved.put(rule.id(), rule));
  }
}
