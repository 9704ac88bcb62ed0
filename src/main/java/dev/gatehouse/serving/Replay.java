package dev.gatehouse.serving;

import dev.gatehouse.abuse.Alarm;
import dev.gatehouse.abuse.CallerView;
import dev.gatehouse.abuse.response.Findings;
import dev.gatehouse.abuse.rules.CallerRules;
import dev.gatehouse.abuse.rules.RuleSettings;
import dev.gatehouse.abuse.traffic.CallerFacts;
import dev.gatehouse.abuse.traffic.CallerTable;
import dev.gatehouse.abuse.traffic.DeclaredHours;
import dev.gatehouse.abuse.traffic.ObservedCall;
import dev.gatehouse.abuse.watch.WatchSettings;
import dev.gatehouse.audit.query.RecordedCall;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.TeamName;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Watches calls that are on record as if they were made now, and judges after each quarter of a
 * second those who called in it. One thread.
 */
final class Replay {

  /** How often is judged: about as often as a gateway does. */
  private static final long JUDGED_NANOS = 250_000_000;

  private static final long NANOS_PER_MICRO = 1_000;
  private static final TeamName NO_TEAM = new TeamName("unknown");
  private static final InetAddress NOWHERE = InetAddress.ofLiteral("0.0.0.0");

  /** What is counted apart. */
  private record Key(String rule, String caller) {}

  /** The findings of one rule about one caller. */
  private static final class Count {
    private int findings;
    private Instant first = Instant.MIN;
    private Instant last = Instant.MIN;
    private Instant lastAlarm = Instant.MIN;
    private String evidence = "";

    void add(Alarm alarm) {
      if (findings == 0 || lastAlarm.plus(Findings.LASTING).isBefore(alarm.at())) {
        evidence = findings == 0 ? alarm.evidence() : evidence;
        first = findings == 0 ? alarm.at() : first;
        last = alarm.at();
        findings++;
      }
      lastAlarm = alarm.at();
    }
  }

  private final CallerTable table;
  private final Map<CallerId, DeclaredHours> hours;
  private final Set<CallerId> active = new HashSet<>();
  private final Map<Key, Count> counts =
      new TreeMap<>(Comparator.comparing(Key::rule).thenComparing(Key::caller));
  private final Instant start;
  private final @Nullable String rule;
  private final @Nullable CallerId caller;
  private final CallerRules rules;
  private final int callsMax;
  private long quarter;
  private long calls;
  private boolean linesLeftOut;

  Replay(
      Instant start,
      @Nullable String rule,
      @Nullable CallerId caller,
      RuleSettings settings,
      WatchSettings watched,
      int callsMax) {
    this.table = new CallerTable(watched.traffic(), new SecureRandom());
    this.hours = watched.hours();
    this.start = start;
    this.rule = rule;
    this.caller = caller;
    this.rules = new CallerRules(settings);
    this.callsMax = callsMax;
  }

  /** Sees a call; whether it wants more. */
  boolean see(RecordedCall call) {
    if (calls == callsMax) {
      return false;
    }
    calls++;
    long nanos = Duration.between(start, call.time()).toNanos();
    long now = nanos / JUDGED_NANOS;
    if (now > quarter) {
      judge();
      quarter = now;
    }
    if (CallerId.valid(call.caller())) {
      CallerId id = new CallerId(call.caller());
      table.observe(id, facts(id, call), observed(call, nanos));
      if (caller == null || caller.equals(id)) {
        active.add(id);
      }
    }
    return true;
  }

  private CallerFacts facts(CallerId id, RecordedCall call) {
    return new CallerFacts(
        TeamName.valid(call.team()) ? new TeamName(call.team()) : NO_TEAM, hours.get(id));
  }

  private static ObservedCall observed(RecordedCall call, long nanos) {
    return new ObservedCall(
        call.model(),
        call.outcome(),
        call.rows(),
        call.requestBytes(),
        Math.min(call.latencyMicros(), Long.MAX_VALUE / NANOS_PER_MICRO) * NANOS_PER_MICRO,
        0,
        address(call.address()),
        call.credential(),
        call.time(),
        nanos);
  }

  private static InetAddress address(@Nullable String text) {
    try {
      return text == null ? NOWHERE : InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException ofAnotherForm) {
      return NOWHERE;
    }
  }

  /** Judges at the end of the quarter under way. */
  private void judge() {
    Duration after = Duration.ofNanos((quarter + 1) * JUDGED_NANOS);
    for (CallerId one : active) {
      table
          .read(one, after.toNanos(), start.plus(after))
          .ifPresent(
              signals -> rules.judge(new CallerView(one, signals, Map.of())).forEach(this::count));
    }
    active.clear();
  }

  private void count(Alarm alarm) {
    if (rule != null && !rule.equals(alarm.rule())) {
      return;
    }
    Key key = new Key(alarm.rule(), alarm.caller().value());
    if (counts.size() == RuleSimulation.LINES_MAX && !counts.containsKey(key)) {
      linesLeftOut = true;
      return;
    }
    counts.computeIfAbsent(key, none -> new Count()).add(alarm);
  }

  /** What was found, at the end. */
  RuleSimulation.Outcome outcome(boolean whole) {
    judge();
    List<RuleSimulation.Line> lines = new ArrayList<>();
    counts.forEach(
        (key, count) ->
            lines.add(
                new RuleSimulation.Line(
                    key.rule(),
                    new CallerId(key.caller()),
                    count.findings,
                    count.first,
                    count.last,
                    count.evidence)));
    return new RuleSimulation.Outcome(lines, calls, !whole || linesLeftOut);
  }
}
