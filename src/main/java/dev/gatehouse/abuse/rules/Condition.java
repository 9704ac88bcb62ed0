package dev.gatehouse.abuse.rules;

import dev.gatehouse.abuse.content.ContentSignals;
import dev.gatehouse.abuse.traffic.TrafficSignals;
import java.util.Optional;

/** What must hold of a caller for a rule to say something. */
sealed interface Condition {

  /** On what a caller's traffic is like. */
  record OfTraffic(Evidence<TrafficSignals> evidence) implements Condition {}

  /** On what its rows to one model are like. */
  record OfContent(Evidence<ContentSignals> evidence) implements Condition {}

  /** One that takes what only Prometheus has: days of history, or what others do. */
  record Elsewhere() implements Condition {}

  /** Says what was measured if it is too much; empty if it is not. */
  @FunctionalInterface
  interface Evidence<S> {
    Optional<String> of(S signals, RuleSettings settings);
  }
}
