package dev.gatehouse.registry;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Refusal.Violation;
import java.util.Set;

/**
 * Which of the calls that name no version a ready version gets while another one is the default.
 *
 * @param percent the share of the calls of callers that no canary of the model names, 0 to 100; the
 *     shares of all canaries of a model are 100 at most
 * @param callers those whose calls it gets all, at most {@link #CALLERS_MAX}; of several canaries
 *     that name a caller, the one whose version comes first by name gets them
 */
public record Canary(int percent, Set<CallerId> callers) {

  /** No calls. */
  public static final Canary NONE = new Canary(0, Set.of());

  /** The most callers that one canary may name. */
  public static final int CALLERS_MAX = 64;

  /** Copies the set. */
  public Canary {
    callers = Set.copyOf(callers);
  }

  /** Whether it gets no calls at all. */
  public boolean none() {
    return percent == 0 && callers.isEmpty();
  }

  /** Checks the bounds of the canary that the request has under the name {@code field}. */
  void check(String field, Bounds bounds) {
    bounds.check(field + ".percent", percent, 0, 100);
    if (callers.size() > CALLERS_MAX) {
      bounds.violations().add(new Violation(field + ".callers", "names more than " + CALLERS_MAX));
    }
  }
}
