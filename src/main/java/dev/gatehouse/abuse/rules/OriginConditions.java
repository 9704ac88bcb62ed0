package dev.gatehouse.abuse.rules;

import dev.gatehouse.abuse.traffic.Rate;
import dev.gatehouse.abuse.traffic.TrafficSignals;
import dev.gatehouse.abuse.traffic.TrafficSignals.Origins;
import java.util.Optional;

/** Conditions on where a caller calls from. */
final class OriginConditions {

  private static final double DAY_SECONDS = 86_400;

  /** Rows from new networks in 10 minutes below which they are no volume. */
  private static final double NEW_NETWORK_ROWS_MIN = 100;

  /** The part of the last 10 s' rows that must have come from new networks. */
  private static final double NEW_NETWORK_PART_MIN = 0.5;

  /** New networks in an hour without which a caller is merely at home in many. */
  private static final int FRESH_MIN = 4;

  /** How many times as many networks it takes in the first day, when all are new. */
  private static final double COLD_NETWORKS = 2;

  private OriginConditions() {}

  /** More rows than it ever sends, from a network that it never came from. */
  static Optional<String> newNetworkVolume(TrafficSignals signals, RuleSettings settings) {
    Rate rows = signals.rowRate();
    double fresh = signals.origins().freshRowsPerSecond() * signals.lastMinutes().seconds();
    double last = signals.lastSeconds().rowsPerSecond() * signals.lastSeconds().seconds();
    return Measured.when(
        rows.basis() == Rate.Basis.OWN
            && signals.historySeconds() >= TrafficConditions.SETTLED_SECONDS
            && rows.excess() > settings.newNetworkExcess()
            && fresh >= NEW_NETWORK_ROWS_MIN
            && fresh >= NEW_NETWORK_PART_MIN * last,
        "%.0f rows a second, %.1f times the limit; %.0f rows in 10 minutes from new networks",
        rows.perSecond(),
        rows.excess(),
        fresh);
  }

  /** Many networks within an hour, some of them new. */
  static Optional<String> spread(TrafficSignals signals, RuleSettings settings) {
    Origins origins = signals.origins();
    double cold = signals.historySeconds() < DAY_SECONDS ? COLD_NETWORKS : 1;
    return Measured.when(
        origins.networks() > cold * settings.networks() && origins.fresh() >= FRESH_MIN,
        "%d networks in an hour, %d of them new",
        origins.networks(),
        origins.fresh());
  }

  /** A credential comes from a new network and from another in turns: two parties have it. */
  static Optional<String> sharing(TrafficSignals signals, RuleSettings settings) {
    Origins origins = signals.origins();
    int shared = signals.credentials().shared();
    return Measured.when(
        shared >= settings.sharedCredentials(),
        "%d credentials used in turns from networks of which one is new, within 10 minutes; %d"
            + " networks in an hour, %d of them new",
        shared,
        origins.networks(),
        origins.fresh());
  }
}
