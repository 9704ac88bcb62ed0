package dev.gatehouse.access;

import java.util.List;

/**
 * What a call gets that a grant allows.
 *
 * @param weight the caller's share of a saturated queue, relative to other callers: {@link
 *     #WEIGHT_MIN} to {@link #WEIGHT_MAX}; each caller of a team has it for itself
 * @param priority whether its calls go first
 * @param quota how much may be used
 * @param outputPolicies what of the answers is given; everything if there is none; at most {@link
 *     OutputPolicy#POLICIES_MAX}
 */
public record GrantTerms(
    int weight, GrantPriority priority, Quota quota, List<OutputPolicy> outputPolicies) {

  /** The least weight. */
  public static final int WEIGHT_MIN = 1;

  /** The weight of a grant that states none. */
  public static final int WEIGHT_DEFAULT = 100;

  /** The greatest weight. */
  public static final int WEIGHT_MAX = 1000;

  /** What a grant gives that states nothing. */
  public static final GrantTerms DEFAULT =
      new GrantTerms(WEIGHT_DEFAULT, GrantPriority.INTERACTIVE, Quota.NONE, List.of());

  /** Copies the policies. */
  public GrantTerms {
    outputPolicies = List.copyOf(outputPolicies);
  }
}
