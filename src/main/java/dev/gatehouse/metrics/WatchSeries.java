package dev.gatehouse.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The series of the watch that are about no single caller: what it missed, what it found, and what
 * was not done about it.
 */
final class WatchSeries {

  /** The most rules whose findings have a series of their own. */
  static final int RULES_MAX = 64;

  private static final Set<String> SEVERITIES = Set.of("warning", "critical");
  private static final Set<String> SOURCES = Set.of("gateway", "alertmanager");
  private static final List<String> CAUSES =
      List.of("shadow", "unconfirmed", "limit", "spared", "released");

  /** The labels of a series of findings. */
  private record Found(String rule, String severity, String source) {}

  private final MeterRegistry registry;
  private final Series dropped;
  private final Map<String, Series> withheld = new HashMap<>();
  private final Series withheldOther;

  /** Guarded by the lock of this object, like {@link #rules}. */
  private final Map<Found, Series> findings = new HashMap<>();

  private final Set<String> rules = new HashSet<>();

  WatchSeries(MeterRegistry registry) {
    this.registry = registry;
    this.dropped = new Series(registry, CounterName.ABUSE_DROPPED_OBSERVATIONS, Tags.empty());
    CAUSES.forEach(cause -> withheld.put(cause, ofCause(cause)));
    this.withheldOther = ofCause(Labels.OTHER);
  }

  void dropped(long count) {
    dropped.add(count);
  }

  void withheld(String cause) {
    withheld.getOrDefault(cause, withheldOther).add(1);
  }

  /** There from now on, also while there are none, so that the first is seen as an increment. */
  void showFound(String rule, String severity) {
    SOURCES.forEach(source -> found(rule, severity, source, 0));
  }

  synchronized void found(String rule, String severity, String source, int count) {
    boolean shown = rules.contains(rule) || (rules.size() < RULES_MAX && rules.add(rule));
    Found labels =
        new Found(
            shown ? rule : Labels.OTHER,
            SEVERITIES.contains(severity) ? severity : Labels.OTHER,
            SOURCES.contains(source) ? source : Labels.OTHER);
    findings
        .computeIfAbsent(
            labels,
            absent ->
                new Series(
                    registry,
                    CounterName.ABUSE_FINDINGS,
                    Tags.of(
                        "rule",
                        absent.rule(),
                        "severity",
                        absent.severity(),
                        "source",
                        absent.source())))
        .add(count);
  }

  private Series ofCause(String cause) {
    return new Series(registry, CounterName.ABUSE_WITHHELD_RESPONSES, Tags.of("cause", cause));
  }
}
