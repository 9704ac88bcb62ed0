package dev.gatehouse.abuse.rules;

import dev.gatehouse.abuse.traffic.Rate;
import dev.gatehouse.abuse.traffic.TrafficSignals;
import dev.gatehouse.abuse.traffic.TrafficSignals.Cost;
import dev.gatehouse.abuse.traffic.TrafficSignals.Window;
import java.util.Optional;
import java.util.OptionalDouble;

/** Conditions on how much a caller calls, and how its calls end. */
final class TrafficConditions {

  private static final double DAY_SECONDS = 86_400;

  /** History from which a rate's own baseline has seen two of the caller's days. */
  static final double SETTLED_SECONDS = 3 * DAY_SECONDS;

  /** How much more than {@code surge...Min} a surge is without a history of its own. */
  private static final double COLD_AMOUNT = 4;

  /** How much higher a rate must be that was kept up for a part of a second only. */
  private static final double SUSTAINED_AMOUNT = 5;

  /**
   * Calls in 10 s, or a second kept up, below which rows are no flood yet: one call may be large.
   */
  private static final int SURGE_CALLS_MIN = 10;

  /** Denied calls in 10 s that are enough at once, and in 10 minutes. */
  private static final int DENIED_AT_ONCE_MIN = 100;

  private static final int DENIED_MIN = 50;

  /**
   * Calls that a caller went away from: in 10 s, beyond what a deploy leaves, and in 10 minutes.
   */
  private static final int WASTED_AT_ONCE_MIN = 200;

  private static final int WASTED_MIN = 300;

  /** How much dearer others' rows may be before it is the model that has changed. */
  private static final double OTHERS_COST_MAX = 1.5;

  /** The part of the devices below which nobody's cost matters. */
  private static final double COMPUTE_SHARE_MIN = 0.1;

  private static final double PAYLOAD_DEVIATIONS_MIN = 6;
  private static final int SHIFT_CALLS_MIN = 20;

  private TrafficConditions() {}

  /** Several times what its own peaks are, at once. */
  static Optional<String> surge(TrafficSignals signals, RuleSettings settings) {
    Window last = signals.lastSeconds();
    Rate rows = signals.rowRate();
    double rowsMin = settings.surgeRowsPerSecondMin();
    double callsMin = settings.surgeCallsPerSecondMin();
    boolean many = last.calls() >= SURGE_CALLS_MIN;
    boolean lasting = signals.lastMinutes().rowsPerSecond() > rows.limit();
    if ((many || lasting) && surges(rows, rowsMin, COLD_AMOUNT * rowsMin, signals, settings)) {
      return surged("rows a second", rows);
    }
    Rate calls = signals.callRate();
    return surges(calls, callsMin, COLD_AMOUNT * callsMin, signals, settings)
        ? surged("calls a second", calls)
        : sustained(signals, settings);
  }

  /** So much of it kept up for a part of a second that there is no need to wait for ten. */
  private static Optional<String> sustained(TrafficSignals signals, RuleSettings settings) {
    Rate rows = signals.sustained().rows();
    Rate calls = signals.sustained().calls();
    double rowsMin = SUSTAINED_AMOUNT * settings.surgeRowsPerSecondMin();
    double callsMin = SUSTAINED_AMOUNT * settings.surgeCallsPerSecondMin();
    if (calls.perSecond() >= SURGE_CALLS_MIN && surges(rows, rowsMin, rowsMin, signals, settings)) {
      return surged("rows a second for three quarters of one", rows);
    }
    return surges(calls, callsMin, callsMin, signals, settings)
        ? surged("calls a second for three quarters of one", calls)
        : Optional.empty();
  }

  private static boolean surges(
      Rate rate,
      double amountMin,
      double coldAmountMin,
      TrafficSignals signals,
      RuleSettings settings) {
    return switch (rate.basis()) {
      case OWN ->
          rate.perSecond() > amountMin
              && rate.excess()
                  > (signals.historySeconds() >= SETTLED_SECONDS
                      ? settings.surgeExcess()
                      : settings.surgeColdExcess());
      case PEERS -> rate.perSecond() > coldAmountMin && rate.excess() > settings.surgeExcess();
      case CEILING -> rate.excess() > settings.ceilingExcess();
    };
  }

  private static Optional<String> surged(String what, Rate rate) {
    return Measured.when(
        true,
        "%.0f " + what + ", %.1f times the limit of %.0f, usually %.0f",
        rate.perSecond(),
        rate.excess(),
        rate.limit(),
        rate.usual());
  }

  /** More rows for ten minutes than its own peaks have. */
  static Optional<String> drift(TrafficSignals signals, RuleSettings settings) {
    Rate rows = signals.rowRate();
    double perSecond = signals.lastMinutes().rowsPerSecond();
    return Measured.when(
        rows.basis() == Rate.Basis.OWN && perSecond > settings.driftExcess() * rows.limit(),
        "%.0f rows a second over 10 minutes, the limit is %.0f, usually %.0f",
        perSecond,
        rows.limit(),
        rows.usual());
  }

  /** Names of models that it may not use, one after the other. */
  static Optional<String> enumeration(TrafficSignals signals, RuleSettings settings) {
    long unknown = signals.models().unknown();
    return Measured.when(
        unknown > settings.unknownModels(),
        "%d models denied in 10 minutes that it had not named before",
        unknown);
  }

  /** Much of what it asks for is denied. */
  static Optional<String> denied(TrafficSignals signals, RuleSettings settings) {
    return share(
        signals.lastSeconds().denied(),
        signals.lastSeconds(),
        settings.deniedShare(),
        DENIED_AT_ONCE_MIN,
        signals.lastMinutes().denied(),
        signals.lastMinutes(),
        DENIED_MIN,
        "denied");
  }

  /** It lets work be done and goes away. */
  static Optional<String> wasted(TrafficSignals signals, RuleSettings settings) {
    if (othersPayMore(signals.cost())) {
      return Optional.empty();
    }
    return share(
        wasted(signals.lastSeconds()),
        signals.lastSeconds(),
        settings.wastedShare(),
        WASTED_AT_ONCE_MIN,
        wasted(signals.lastMinutes()),
        signals.lastMinutes(),
        WASTED_MIN,
        "cancelled or past their deadline");
  }

  private static OptionalDouble wasted(Window window) {
    return window.cancelled().isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(window.cancelled().getAsDouble() + window.deadline().orElse(0));
  }

  private static Optional<String> share(
      OptionalDouble atOnce,
      Window seconds,
      double shareMin,
      int atOnceMin,
      OptionalDouble lasting,
      Window minutes,
      int lastingMin,
      String what) {
    double sudden = atOnce.orElse(0);
    if (sudden > shareMin && sudden * seconds.calls() >= atOnceMin) {
      return told(sudden, seconds.calls(), what, 10);
    }
    double steady = lasting.orElse(0);
    return steady > shareMin && steady * minutes.calls() >= lastingMin
        ? told(steady, minutes.calls(), what, 600)
        : Optional.empty();
  }

  private static Optional<String> told(double share, long calls, String what, int seconds) {
    return Measured.when(true, "%.0f %% of %d calls in %d s " + what, 100 * share, calls, seconds);
  }

  /** It works outside the hours it declared. */
  static Optional<String> offHours(TrafficSignals signals, RuleSettings settings) {
    long calls = signals.offHours().map(TrafficSignals.OffHours::recent).orElse(0L);
    return Measured.when(
        calls > settings.offHoursCalls(),
        "%d calls in 10 minutes outside the declared hours",
        calls);
  }

  /** Its rows have become much larger. */
  static Optional<String> payload(TrafficSignals signals, RuleSettings settings) {
    return signals
        .payload()
        .filter(
            shift ->
                shift.factor() > settings.payloadFactor()
                    && shift.z() > PAYLOAD_DEVIATIONS_MIN
                    && signals.lastMinutes().calls() >= SHIFT_CALLS_MIN)
        .flatMap(
            shift ->
                Measured.when(
                    true,
                    "%.1f times the usual bytes a row, %.1f deviations away",
                    shift.factor(),
                    shift.z()));
  }

  /** Its rows take far more of the devices than rows of these models do. */
  static Optional<String> cost(TrafficSignals signals, RuleSettings settings) {
    double factor = signals.cost().factor().orElse(0);
    double share = signals.lastMinutes().computeShare().orElse(0);
    return Measured.when(
        factor > settings.costFactor()
            && !othersPayMore(signals.cost())
            && share > COMPUTE_SHARE_MIN
            && signals.lastMinutes().calls() >= SHIFT_CALLS_MIN,
        "%.1f times the usual device time a row, %.0f %% of all device time in 10 minutes",
        factor,
        100 * share);
  }

  /** Where all pay more, the model or the machine has changed. */
  private static boolean othersPayMore(Cost cost) {
    return cost.others().orElse(1) > OTHERS_COST_MAX;
  }
}
