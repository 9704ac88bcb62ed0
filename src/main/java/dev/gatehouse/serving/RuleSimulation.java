package dev.gatehouse.serving;

import dev.gatehouse.core.CallerId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells what the rules would have found in calls that are on record. */
public final class RuleSimulation {

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
   * @param end until when
   * @param rule only this one, or null
   * @param caller only this one, or null
   * @param thresholdFactor thresholds are multiplied by it
   */
  public Outcome simulate(
      Instant start,
      Instant end,
      @Nullable String rule,
      @Nullable CallerId caller,
      double thresholdFactor) {
    throw new UnsupportedOperationException();
  }
}
