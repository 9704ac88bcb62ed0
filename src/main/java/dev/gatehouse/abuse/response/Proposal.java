package dev.gatehouse.abuse.response;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Restraint;
import java.time.Duration;
import java.util.List;

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

  /** Copies the list. */
  public Proposal {
    rules = List.copyOf(rules);
  }

  /** Why, for people. */
  public String reason() {
    return "by the policy: " + String.join(", ", rules);
  }
}
