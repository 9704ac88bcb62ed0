package dev.gatehouse.serving;

import dev.gatehouse.abuse.rules.RuleBook;
import dev.gatehouse.abuse.rules.RuleSettings;
import dev.gatehouse.abuse.watch.WatchSettings;
import dev.gatehouse.audit.query.RecordedCalls;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells what the rules would have found in calls that are on record, of this replica.
 *
 * <p>Rules on contents are left out: contents are not on record. Nor is device time: rules on it
 * find nothing. Declared hours are those of now. History begins at the start. Blocks; one at a
 * time.
 */
public final class RuleSimulation {

  /** The most calls that are looked at. */
  public static final int CALLS_MAX = 2_000_000;

  /** The most lines of an outcome. */
  public static final int LINES_MAX = 1_000;

  /** The longest time that is looked at. */
  public static final Duration SPAN_MAX = Duration.ofDays(31);

  private static final double FACTOR_MIN = 0.1;
  private static final double FACTOR_MAX = 10;
  private static final Duration RETRY_AFTER = Duration.ofSeconds(30);

  private final RecordedCalls calls;
  private final WatchSettings watched;
  private final int callsMax;
  private final Semaphore one = new Semaphore(1);

  /** Simulates with these calls, as this watch would see them. */
  public RuleSimulation(RecordedCalls calls, WatchSettings watched) {
    this(calls, watched, CALLS_MAX);
  }

  RuleSimulation(RecordedCalls calls, WatchSettings watched, int callsMax) {
    this.calls = calls;
    this.watched = watched;
    this.callsMax = callsMax;
  }

  /**
   * One rule and one caller.
   *
   * @param rule the rule's id
   * @param caller the caller
   * @param findings how many there would have been
   * @param firstTime when the first would have been
   * @param lastTime when the last would have been
   * @param evidence of the first
   */
  public record Line(
      String rule,
      CallerId caller,
      int findings,
      Instant firstTime,
      Instant lastTime,
      String evidence) {}

  /**
   * What rules would have found.
   *
   * @param lines by rule, then by caller
   * @param calls those looked at
   * @param truncated whether there was more than is looked at
   */
  public record Outcome(List<Line> lines, long calls, boolean truncated) {}

  /**
   * Simulates.
   *
   * @param start from when on
   * @param end until when, exclusive; at most {@link #SPAN_MAX} later
   * @param rule only this one, or null
   * @param caller only this one, or null
   * @param thresholdFactor thresholds are multiplied by it; 0.1 to 10
   * @param gone whether nobody waits for the outcome any more; asked with each call
   * @throws RefusedException with {@code ArgumentInvalid}; with {@code QueueFull} if another
   *     simulation runs; with {@code Cancelled} once {@code gone}
   */
  public Outcome simulate(
      Instant start,
      Instant end,
      @Nullable String rule,
      @Nullable CallerId caller,
      double thresholdFactor,
      BooleanSupplier gone) {
    check(start, end, rule, thresholdFactor);
    if (!one.tryAcquire()) {
      throw new RefusedException(new Refusal.QueueFull(RETRY_AFTER));
    }
    try {
      Replay replay =
          new Replay(
              start,
              rule,
              caller,
              RuleSettings.defaults().times(thresholdFactor),
              watched,
              callsMax);
      boolean whole =
          calls.visit(
              start,
              end,
              call -> {
                if (gone.getAsBoolean()) {
                  throw new RefusedException(new Refusal.Cancelled());
                }
                return replay.see(call);
              });
      return replay.outcome(whole);
    } finally {
      one.release();
    }
  }

  private static void check(Instant start, Instant end, @Nullable String rule, double factor) {
    if (!start.isBefore(end)) {
      throw wrong("end_time", "must be after start_time");
    }
    if (start.isBefore(Instant.EPOCH) || Duration.between(start, end).compareTo(SPAN_MAX) > 0) {
      throw wrong("start_time", "must be at most " + SPAN_MAX.toDays() + " days before end_time");
    }
    if (!(factor >= FACTOR_MIN && factor <= FACTOR_MAX)) {
      throw wrong("threshold_factor", "must be from 0.1 to 10");
    }
    if (rule != null && !RuleBook.onTraffic(rule)) {
      throw wrong("rule", "must be a rule on traffic that a gateway applies by itself");
    }
  }

  private static RefusedException wrong(String field, String description) {
    return new RefusedException(Refusal.ArgumentInvalid.of(field, description));
  }
}
