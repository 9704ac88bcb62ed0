package dev.gatehouse.abuse.response;

import dev.gatehouse.abuse.Alarm;
import dev.gatehouse.abuse.CallerRule;
import dev.gatehouse.abuse.CallerView;
import dev.gatehouse.abuse.Judge;
import dev.gatehouse.core.CallerId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Looks whether a finding holds in what this gateway itself sees at this moment.
 *
 * <p>For a rule that gateways judge by, that rule must hold now, of the same model if it is about
 * one. For the others, of which only Prometheus knows the condition, a rule of ours that looks at
 * the same thing must hold: a message from outside never suffices, and makes no second sign of one.
 */
final class Confirmation {

  /** A caller whose view is older is not calling. */
  static final Duration VIEW_AGE_MAX = Duration.ofMinutes(1);

  private final Function<CallerId, Optional<CallerView>> views;
  private final Judge judge;
  private final Function<String, Optional<CallerRule>> rules;

  Confirmation(
      Function<CallerId, Optional<CallerView>> views,
      Judge judge,
      Function<String, Optional<CallerRule>> rules) {
    this.views = views;
    this.judge = judge;
    this.rules = rules;
  }

  /** Whether this gateway sees at {@code now} what {@code finding} says. */
  boolean holds(Finding finding, Instant now) {
    Optional<CallerRule> rule = rules.apply(finding.rule());
    if (rule.isEmpty()) {
      return false;
    }
    return alarms(finding.caller(), now).stream()
        .anyMatch(
            alarm -> rule.get().inProcess() ? same(alarm, finding) : alike(alarm, rule.get()));
  }

  private List<Alarm> alarms(CallerId caller, Instant now) {
    return views
        .apply(caller)
        .filter(view -> active(view, now))
        .map(judge::judge)
        .orElse(List.of())
        .stream()
        .filter(alarm -> alarm.caller().equals(caller))
        .toList();
  }

  private static boolean active(CallerView view, Instant now) {
    return view.traffic().lastMinutes().calls() > 0
        && !view.traffic().at().isBefore(now.minus(VIEW_AGE_MAX));
  }

  private boolean alike(Alarm alarm, CallerRule rule) {
    return rules.apply(alarm.rule()).filter(ours -> ours.sign() == rule.sign()).isPresent();
  }

  private static boolean same(Alarm alarm, Finding finding) {
    return alarm.rule().equals(finding.rule())
        && (finding.model() == null || finding.model().equals(alarm.model()));
  }
}
