package dev.gatehouse.abuse.rules;

import dev.gatehouse.abuse.Alarm;
import dev.gatehouse.abuse.CallerView;
import dev.gatehouse.abuse.Severity;
import dev.gatehouse.abuse.content.ContentSignals;
import dev.gatehouse.abuse.content.DigitsVictim;
import dev.gatehouse.abuse.content.Reference;
import dev.gatehouse.abuse.content.RowWatch;
import dev.gatehouse.abuse.response.Findings;
import dev.gatehouse.abuse.traffic.CallerFacts;
import dev.gatehouse.abuse.traffic.CallerTable;
import dev.gatehouse.abuse.traffic.ObservedCall;
import dev.gatehouse.abuse.traffic.TrafficSettings;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** A watch on a clock of its own, with its rules, and what the policy would make of them. */
final class Simulation {

  /** A Monday. */
  static final Instant START = Instant.parse("2026-03-02T00:00:00Z");

  /** Warnings of two rules within this time are enough. */
  private static final Duration CORROBORATION = Duration.ofMinutes(10);

  static final ModelName MODEL = new ModelName("digits");

  /**
   * Something a rule found.
   *
   * @param first the alarm it began with
   */
  record Found(Alarm first) {
    long day() {
      return Duration.between(START, first.at()).toDays();
    }
  }

  private final DigitsVictim victim;
  private final Reference reference;
  private final CallerRules rules = new CallerRules(RuleSettings.defaults());
  private CallerTable table = table();
  private final Map<CallerId, RowWatch> watches = new HashMap<>();
  private final Set<CallerId> active = new HashSet<>();
  private final Map<List<Object>, Instant> lasting = new HashMap<>();
  private final Map<CallerId, Map<String, Instant>> warnings = new HashMap<>();
  final List<Found> found = new ArrayList<>();
  final Map<CallerId, Instant> restricted = new LinkedHashMap<>();
  private long nanos;

  Simulation(DigitsVictim victim) {
    this.victim = victim;
    this.reference = Reference.of(victim.reference(), 11);
  }

  private static CallerTable table() {
    return new CallerTable(TrafficSettings.defaults(), new Random(7));
  }

  /** The gateway starts anew and remembers nothing. */
  void restart() {
    table = table();
    watches.clear();
  }

  void pass(Duration time) {
    nanos += time.toNanos();
  }

  void moveTo(long second, int quarter) {
    nanos = Math.max(nanos, Duration.ofSeconds(second).toNanos() + quarter * 250_000_000L);
  }

  Instant now() {
    return START.plusNanos(nanos);
  }

  long nanos() {
    return nanos;
  }

  void observe(CallerId caller, CallerFacts facts, ObservedCall call) {
    table.observe(caller, facts, call);
    active.add(caller);
  }

  /** A row to the model of digits; what the watch sees of it. */
  ContentSignals row(CallerId caller, float[] row) {
    RowWatch watch = watches.computeIfAbsent(caller, none -> new RowWatch(reference));
    watch.observe(row, 0, row.length, victim.logits(row), 0, DigitsVictim.CLASSES, nanos);
    return watch.signals(nanos);
  }

  /** Judges those who called since the last time. */
  List<Alarm> judge() {
    List<Alarm> all = new ArrayList<>();
    for (CallerId caller : active) {
      RowWatch watch = watches.get(caller);
      Map<ModelName, ContentSignals> contents =
          watch == null ? Map.of() : Map.of(MODEL, watch.signals(nanos));
      CallerView view =
          new CallerView(caller, table.read(caller, nanos, now()).orElseThrow(), contents);
      all.addAll(rules.judge(view));
    }
    active.clear();
    all.forEach(this::hear);
    return all;
  }

  /** What the hand does with an alarm. */
  private void hear(Alarm alarm) {
    List<Object> key = List.of(alarm.rule(), alarm.caller(), String.valueOf(alarm.model()));
    Instant last = lasting.put(key, alarm.at());
    if (last == null || last.plus(Findings.LASTING).isBefore(alarm.at())) {
      found.add(new Found(alarm));
    }
    Map<String, Instant> told = warnings.computeIfAbsent(alarm.caller(), caller -> new HashMap<>());
    told.put(alarm.rule(), alarm.at());
    Collection<Instant> times = told.values();
    times.removeIf(at -> at.plus(CORROBORATION).isBefore(alarm.at()));
    if (alarm.severity() == Severity.CRITICAL || told.size() > 1) {
      restricted.putIfAbsent(alarm.caller(), alarm.at());
    }
  }
}
