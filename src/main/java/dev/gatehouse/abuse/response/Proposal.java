package dev.gatehouse.abuse.response;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Restraint;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the policy wants done to a caller.
 *
 * @param caller the caller
 * @param restraint what it is to be held to
 * @param rules the ids of the rules that led to it, sorted
 * @param finding the id of the finding that decided it
 * @param duration for how long
 * @param disableClient whether its client at the identity provider is to be disabled
 * @param callersPerHourMax so many different callers the policy may restrict within an hour
 */
public record Proposal(
    CallerId caller,
    Restraint restraint,
    List<String> rules,
    String finding,
    Duration duration,
    boolean disableClient,
    int callersPerHourMax) {

  /** Stands in restrictions that were made, and is read there: never to be changed. */
  private static final String REASON = "by the policy: ";

  /** Ids have neither commas nor spaces. */
  private static final String RULE_END = ", ";

  /** Copies the list. */
  public Proposal {
    rules = List.copyOf(rules);
  }

  /** Why, for people; and for the policy, which reads it again in {@link #rulesIn}. */
  public String reason() {
    return REASON + String.join(RULE_END, rules);
  }

  /**
   * The ids of the rules that led to what was made for such a {@link #reason}; empty if it is not
   * one of the policy's.
   */
  public static Optional<Set<String>> rulesIn(String reason) {
    return reason.startsWith(REASON)
        ? Optional.of(Set.copyOf(List.of(reason.substring(REASON.length()).split(RULE_END, -1))))
        : Optional.empty();
  }
}
