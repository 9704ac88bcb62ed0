package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Restraint;
import dev.gatehouse.core.Ticker;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Makes less of what is allowed to callers that are held to something: of inferences, weight and
 * priority, rows a second, and what of the answers is given. Nothing is ever added. Safe for any
 * thread.
 */
final class Narrowing {

  private static final Decision QUARANTINED = new Decision.Denied(new Refusal.CallerQuarantined());

  private static final OutputPolicy LABELS =
      new OutputPolicy("", OutputPolicy.Detail.LABEL_ONLY, 0, 0, OutputPolicy.Scores.PROBABILITIES);

  private final int rowsPerSecond;
  private final Ticker ticker;

  /** Those of restricted callers; {@link #keep} drops the others. */
  private final Map<CallerId, RowThrottle> throttles = new ConcurrentHashMap<>();

  Narrowing(int rowsPerSecond, Ticker ticker) {
    this.rowsPerSecond = rowsPerSecond;
    this.ticker = ticker;
  }

  /** What is left of a decision for a caller that is held to {@code restraint}. */
  Decision narrow(Decision decision, CallerId caller, Restraint restraint, Action action) {
    if (restraint == Restraint.QUARANTINED) {
      return QUARANTINED;
    }
    if (action != Action.INFER || !(decision instanceof Decision.Allowed allowed)) {
      return decision;
    }
    GrantTerms terms = allowed.terms();
    return new Decision.Allowed(
        allowed.grant(),
        new GrantTerms(
            GrantTerms.WEIGHT_MIN,
            GrantPriority.BULK,
            terms.quota(),
            restraint == Restraint.DEGRADED
                ? labels(terms.outputPolicies())
                : terms.outputPolicies()),
        throttle(caller));
  }

  /** What the calls of a caller that is held to something are taken from. */
  RowThrottle throttle(CallerId caller) {
    return throttles.computeIfAbsent(caller, held -> new RowThrottle(held, rowsPerSecond, ticker));
  }

  /** What a grant withholds stays withheld: an output that no policy of it is for gets none. */
  private static List<OutputPolicy> labels(List<OutputPolicy> policies) {
    return policies.isEmpty()
        ? List.of(LABELS)
        : policies.stream()
            .map(
                policy ->
                    new OutputPolicy(
                        policy.output(), OutputPolicy.Detail.LABEL_ONLY, 0, 0, policy.scores()))
            .toList();
  }

  /** Forgets what others than these have taken. */
  void keep(Set<CallerId> restricted) {
    throttles.keySet().retainAll(restricted);
  }
}
