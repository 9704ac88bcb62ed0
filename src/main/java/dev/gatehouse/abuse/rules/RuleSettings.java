package dev.gatehouse.abuse.rules;

/**
 * The thresholds of the rules. How many calls or rows a rule wants to see at all is with the rule,
 * since no threshold makes chance a sign.
 *
 * @param surgeExcess a rate over its limit, from the caller's own history of three days or from
 *     that of peers
 * @param surgeColdExcess the same while its own history is shorter
 * @param ceilingExcess a rate over the configured ceiling, where there are no peers either
 * @param surgeRowsPerSecondMin rows a second below which nothing is a surge, where there is a
 *     history to compare with; four times as many where it is that of peers, and five times where
 *     they were kept up for a part of a second only
 * @param surgeCallsPerSecondMin calls a second, likewise
 * @param driftExcess the rows of 10 minutes over the limit of its own history
 * @param unknownModels denied names in 10 minutes that it had not named before
 * @param deniedShare denied calls of all
 * @param extractionScore the extraction score
 * @param distanceAbnormality what the distance normality lacks of 1
 * @param lowMarginShare rows at a boundary between classes, beyond the usual share of them
 * @param nearDuplicateShare rows that nearly repeat one
 * @param novelShare rows unlike the model's reference
 * @param offHoursCalls calls in 10 minutes outside the declared hours
 * @param newNetworkExcess the row rate over the limit of its own history, from a new network
 * @param networks networks in an hour; twice as many in the first day
 * @param payloadFactor bytes a row over what is usual
 * @param costFactor device time of rows over what rows of these models usually take
 * @param wastedShare calls that were cancelled or ran past their deadline, of all
 * @param sharedCredentials credentials that are used in turns from networks of which one is new
 */
public record RuleSettings(
    double surgeExcess,
    double surgeColdExcess,
    double ceilingExcess,
    double surgeRowsPerSecondMin,
    double surgeCallsPerSecondMin,
    double driftExcess,
    double unknownModels,
    double deniedShare,
    double extractionScore,
    double distanceAbnormality,
    double lowMarginShare,
    double nearDuplicateShare,
    double novelShare,
    double offHoursCalls,
    double newNetworkExcess,
    double networks,
    double payloadFactor,
    double costFactor,
    double wastedShare,
    double sharedCredentials) {

  private static final RuleSettings DEFAULTS =
      new RuleSettings(
          3, 10, 1, 300, 50, 1.25, 10, 0.3, 0.4, 0.1, 0.25, 0.4, 0.3, 30, 1.5, 8, 4, 3, 0.5, 1);

  /** The thresholds where nothing else is said. */
  public static RuleSettings defaults() {
    return DEFAULTS;
  }

  /** All thresholds times {@code factor}: below 1 more is found, above 1 less. */
  public RuleSettings times(double factor) {
    return new RuleSettings(
        factor * surgeExcess,
        factor * surgeColdExcess,
        factor * ceilingExcess,
        factor * surgeRowsPerSecondMin,
        factor * surgeCallsPerSecondMin,
        factor * driftExcess,
        factor * unknownModels,
        factor * deniedShare,
        factor * extractionScore,
        factor * distanceAbnormality,
        factor * lowMarginShare,
        factor * nearDuplicateShare,
        factor * novelShare,
        factor * offHoursCalls,
        factor * newNetworkExcess,
        factor * networks,
        factor * payloadFactor,
        factor * costFactor,
        factor * wastedShare,
        factor * sharedCredentials);
  }
}
