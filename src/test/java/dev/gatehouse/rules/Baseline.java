package dev.gatehouse.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What a series does as a rule, in a form that an attack teaches little: a value counts at most as
 * much as the limit which held before it (a winsorised mean of a day).
 *
 * @param name the beginning of the names recorded
 * @param of the series that is watched
 * @param peers the label whose equals are peers; empty if all are, {@value #NONE} if nobody is
 * @param floor the least limit
 * @param cold the limit of who has no history, if nobody has one
 * @param ceiling the most a limit can be
 */
record Baseline(String name, String of, String peers, String floor, String cold, String ceiling) {

  private static final String NONE = "none";
  private static final String GROUP = "gatehouse-baselines";
  private static final String EVERY = "1m";

  /** How long somebody must have been here for a band of its own. */
  private static final String HISTORY = "[21h] offset 3h";

  static Baseline of(Fields fields, UnaryOperator<String> filled) {
    Baseline baseline =
        new Baseline(
            fields.text("name"),
            fields.text("of"),
            fields.textOr("peers", ""),
            filled.apply(fields.text("floor")),
            filled.apply(fields.text("cold")),
            filled.apply(fields.text("ceiling")));
    fields.end();
    return baseline;
  }

  /** What is recorded, in the order in which it must be evaluated. */
  List<Recording> recordings() {
    List<Recording> recordings = new ArrayList<>();
    // The limit is its own value of the evaluation before. An hour bridges a gap of Prometheus.
    add(
        recordings,
        "clamped",
        """
        OF < last_over_time(NAME:limit[1h])
        or last_over_time(NAME:limit[1h]) <= OF
        or clamp_max(OF, COLD)""");
    add(recordings, "mean", "avg_over_time(NAME:clamped[1d])");
    add(recordings, "stddev", "stddev_over_time(NAME:clamped[1d])");
    add(
        recordings,
        "own_band",
        """
        NAME:mean + (3 * NAME:stddev > 0.5 * NAME:mean or 0.5 * NAME:mean)
        and present_over_time(NAME:clamped%s)"""
            .formatted(HISTORY));
    String ofPeers = "";
    if (!peers.equals(NONE)) {
      add(recordings, "peers_band", "quantile%s(0.9, NAME:own_band)".formatted(by()));
      ofPeers = "or OF * 0 + on (%s) group_left () NAME:peers_band\n".formatted(peers);
    }
    add(
        recordings,
        "limit",
        """
        clamp(
        NAME:own_band
        %sor OF * 0 + COLD,
        FLOOR, CEILING)"""
            .formatted(ofPeers));
    return recordings;
  }

  private String by() {
    return peers.isEmpty() ? "" : " by (" + peers + ") ";
  }

  private void add(List<Recording> recordings, String part, String expression) {
    recordings.add(
        new Recording(
            GROUP,
            EVERY,
            name + ":" + part,
            expression
                .replace("NAME", name)
                .replace("OF", of)
                .replace("COLD", cold)
                .replace("FLOOR", floor)
                .replace("CEILING", ceiling)));
  }
}
