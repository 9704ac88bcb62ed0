package dev.gatehouse.abuse.traffic;

import dev.gatehouse.core.TeamName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;

/**
 * What is usual for the callers that have a history, by team and over all: the {@link #QUANTILE}
 * quantile of their usual peaks. Below {@link #CALLERS_MIN} callers a team says nothing, and nor do
 * all.
 */
final class Peers {

  /** The quantile of the peers that a caller without a history is compared with. */
  static final double QUANTILE = 0.9;

  /** Fewer callers than these are nobody's peers. */
  static final int CALLERS_MIN = 5;

  static final Peers NONE = new Peers(Map.of(), UsualRates.UNKNOWN);

  private final Map<TeamName, UsualRates> teams;
  private final UsualRates all;

  private Peers(Map<TeamName, UsualRates> teams, UsualRates all) {
    this.teams = teams;
    this.all = all;
  }

  /** The peers among these callers. */
  static Peers of(Collection<TrafficWatch> callers) {
    List<UsualRates> all = new ArrayList<>();
    Map<TeamName, List<UsualRates>> byTeam = new HashMap<>();
    for (TrafficWatch caller : callers) {
      UsualRates rates = caller.usualRates();
      if (rates.rows().isPresent()) {
        all.add(rates);
        byTeam.computeIfAbsent(caller.facts().team(), team -> new ArrayList<>()).add(rates);
      }
    }
    Map<TeamName, UsualRates> teams = new HashMap<>();
    byTeam.forEach(
        (team, rates) -> {
          if (rates.size() >= CALLERS_MIN) {
            teams.put(team, quantiles(rates));
          }
        });
    return new Peers(teams, all.size() >= CALLERS_MIN ? quantiles(all) : UsualRates.UNKNOWN);
  }

  /** What is usual for the peers of a caller of {@code team}. */
  UsualRates of(TeamName team) {
    return teams.getOrDefault(team, all);
  }

  private static UsualRates quantiles(List<UsualRates> rates) {
    return new UsualRates(
        quantile(rates, UsualRates::calls),
        quantile(rates, UsualRates::rows),
        quantile(rates, UsualRates::compute),
        quantile(rates, UsualRates::sustainedCalls),
        quantile(rates, UsualRates::sustainedRows));
  }

  private static OptionalDouble quantile(
      List<UsualRates> rates, Function<UsualRates, OptionalDouble> kind) {
    double[] values = rates.stream().mapToDouble(rate -> kind.apply(rate).orElse(0)).toArray();
    Arrays.sort(values);
    return OptionalDouble.of(values[(int) Math.ceil(QUANTILE * values.length) - 1]);
  }

  /**
   * Usual peaks, per second; all known or none.
   *
   * @param calls of calls in 10 s
   * @param rows of rows in 10 s
   * @param compute of device seconds in 10 s
   * @param sustainedCalls of calls kept up within a second
   * @param sustainedRows of rows kept up within a second
   */
  record UsualRates(
      OptionalDouble calls,
      OptionalDouble rows,
      OptionalDouble compute,
      OptionalDouble sustainedCalls,
      OptionalDouble sustainedRows) {
    static final UsualRates UNKNOWN =
        new UsualRates(
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            OptionalDouble.empty());
  }
}
