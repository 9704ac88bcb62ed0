package dev.gatehouse.abuse.response;

import dev.gatehouse.abuse.CallerRule;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Decides which reported alerts count: those that fire now, of a rule of ours, about one caller.
 *
 * <p>Of the message, only the rule, the caller, the model, the fingerprint and the start are used,
 * once they have been checked; severity and restraint are those of the catalogue.
 */
final class AlertCheck {

  /** An alert that began earlier says nothing of now. */
  static final Duration AGE_MAX = Duration.ofHours(24);

  /** So long an alert may wait to be written down. */
  static final Duration WAIT_MAX = Duration.ofMinutes(10);

  /** So far the clocks of Prometheus and of a gateway may be apart. */
  static final Duration CLOCK_SKEW_MAX = Duration.ofMinutes(1);

  private static final Pattern FINGERPRINT = Pattern.compile("[0-9a-f]{1,64}");

  private final Function<String, Optional<CallerRule>> rules;

  AlertCheck(Function<String, Optional<CallerRule>> rules) {
    this.rules = rules;
  }

  /** Why an alert does not count. */
  enum Ignored {
    /** It has ended. */
    RESOLVED,
    /** It began or ended too long ago, or in the future. */
    STALE,
    /** It is not one of ours. */
    MALFORMED,
    /** Its rule is not in the catalogue, or not about callers. */
    RULE_UNKNOWN,
    /** It names nobody who could be held to anything. */
    CALLER_UNKNOWN,
    /** It was taken within the last minute. */
    REPEATED,
    /** There were too many others. */
    TOO_MANY
  }

  /** What an alert is taken for. */
  sealed interface Verdict {
    /** It counts. */
    record Taken(String fingerprint, Instant startsAt, NewFinding finding) implements Verdict {}

    /** It does not. */
    record NotTaken(Ignored why) implements Verdict {}
  }

  /** Judges an alert that arrives at {@code now}. */
  Verdict check(ReportedAlert alert, Instant now) {
    Instant startsAt = alert.startsAt();
    if (startsAt == null || !FINGERPRINT.matcher(alert.fingerprint()).matches()) {
      return new Verdict.NotTaken(Ignored.MALFORMED);
    }
    if (!alert.firing()) {
      return new Verdict.NotTaken(Ignored.RESOLVED);
    }
    if (stale(startsAt, now) || (alert.endsAt() != null && ended(alert.endsAt(), now))) {
      return new Verdict.NotTaken(Ignored.STALE);
    }
    Optional<CallerRule> rule = rules.apply(alert.rule());
    if (rule.isEmpty()) {
      return new Verdict.NotTaken(Ignored.RULE_UNKNOWN);
    }
    if (!CallerId.valid(alert.caller()) || Policy.NOBODY.contains(alert.caller())) {
      return new Verdict.NotTaken(Ignored.CALLER_UNKNOWN);
    }
    return new Verdict.Taken(alert.fingerprint(), startsAt, finding(rule.get(), alert, now));
  }

  private static boolean stale(Instant startsAt, Instant now) {
    return startsAt.isBefore(now.minus(AGE_MAX)) || startsAt.isAfter(now.plus(CLOCK_SKEW_MAX));
  }

  private static boolean ended(Instant endsAt, Instant now) {
    return endsAt.isBefore(now.minus(CLOCK_SKEW_MAX));
  }

  private static NewFinding finding(CallerRule rule, ReportedAlert alert, Instant now) {
    boolean named = ModelName.valid(alert.model()) && !Policy.NOBODY.contains(alert.model());
    return new NewFinding(
        rule.id(),
        rule.severity(),
        Finding.Source.ALERTMANAGER,
        new CallerId(alert.caller()),
        named ? new ModelName(alert.model()) : null,
        "fires in Prometheus since " + alert.startsAt(),
        1,
        now,
        now);
  }
}
