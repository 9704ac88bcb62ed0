package dev.gatehouse.abuse.response;

import dev.gatehouse.abuse.CallerView;
import dev.gatehouse.abuse.traffic.Rate;
import dev.gatehouse.abuse.traffic.TrafficSignals;
import dev.gatehouse.core.CallerId;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** What a gateway saw of callers, for tests that look at little of it. */
final class Views {

  private static final double NO_SIGNAL = 0;

  private Views() {}

  /** A caller of so many calls in the last ten minutes, as it was seen at {@code at}. */
  static CallerView of(CallerId caller, Instant at, long calls) {
    TrafficSignals.Window window =
        new TrafficSignals.Window(
            600,
            calls,
            NO_SIGNAL,
            NO_SIGNAL,
            NO_SIGNAL,
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            OptionalDouble.empty());
    Rate rate = new Rate(0, 0, 1, Rate.Basis.CEILING);
    return new CallerView(
        caller,
        new TrafficSignals(
            at,
            calls,
            600,
            window,
            window,
            window,
            rate,
            rate,
            rate,
            new TrafficSignals.Sustained(rate, rate),
            Optional.empty(),
            Optional.empty(),
            new TrafficSignals.Models(0, 0, 0),
            new TrafficSignals.Origins(0, 0, 0, 0),
            new TrafficSignals.Credentials(0, 0),
            new TrafficSignals.Cost(
                OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.empty(), 0),
            Optional.empty()),
        Map.of());
  }
}
