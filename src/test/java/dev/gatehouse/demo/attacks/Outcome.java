package dev.gatehouse.demo.attacks;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What came of one attack.
 *
 * @param attack its label
 * @param seconds how long it lasted
 * @param queries rows it sent; calls, where those have no rows of interest
 * @param endings how its calls ended
 * @param noticed by whom it was noticed, the first one first
 * @param copyThen how well the copy agreed when it was noticed first
 * @param copyEnd how well it agreed at the end
 * @param note what else is to be said; may be empty
 * @param honest what honest callers went through meanwhile
 */
record Outcome(
    String attack,
    double seconds,
    long queries,
    Map<String, Integer> endings,
    List<Noticed> noticed,
    OptionalDouble copyThen,
    OptionalDouble copyEnd,
    String note,
    Company honest) {

  /** Copies the collections. */
  Outcome {
    endings = Map.copyOf(endings);
    noticed = List.copyOf(noticed);
  }

  /**
   * That the attack was noticed.
   *
   * @param rule the rule's id
   * @param by by whom
   * @param seconds since the attack began
   * @param queries sent by then
   * @param restricts whether the policy restricts the caller for it, or would if it were not in
   *     shadow
   */
  record Noticed(String rule, String by, double seconds, long queries, boolean restricts) {}

  /**
   * Honest callers over the time of an attack.
   *
   * @param accused each of them that was noticed, as {@code caller: rule (by)}
   * @param calls that they made
   * @param failed of these
   */
  record Company(List<String> accused, long calls, long failed) {

    /** Copies the list. */
    Company {
      accused = List.copyOf(accused);
    }
  }
}
