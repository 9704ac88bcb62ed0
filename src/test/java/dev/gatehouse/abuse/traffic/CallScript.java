package dev.gatehouse.abuse.traffic;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.TeamName;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Calls of a caller written down one after the other, with a clock of its own. */
final class CallScript {

  static final CallerFacts FACTS = new CallerFacts(new TeamName("team"), null);
  static final CallerId CALLER = new CallerId("caller");
  static final Outcome DENIED = Outcome.refused(Reason.ACCESS_DENIED);

  /** Monday. */
  static final Instant START = Instant.parse("2026-03-02T10:00:00Z");

  final CallerTable table;
  CallerId caller = CALLER;
  CallerFacts facts = FACTS;
  @Nullable String model = "digits";
  Outcome outcome = Outcome.OK;
  long rows = 10;
  long requestBytes = 10_000;
  long latencyNanos = 5_000_000;
  long computeNanos = 1_000_000;
  InetAddress address = InetAddress.ofLiteral("192.0.2.1");
  String credential = "key-1";
  long nanos = -5_000_000_000L;
  Instant at = START;

  CallScript() {
    this(TrafficSettings.defaults());
  }

  CallScript(TrafficSettings settings) {
    table = new CallerTable(settings, new Random(7));
  }

  void call() {
    table.observe(
        caller,
        facts,
        new ObservedCall(
            model,
            outcome,
            rows,
            requestBytes,
            latencyNanos,
            computeNanos,
            address,
            credential,
            at,
            nanos));
  }

  void calls(int count) {
    for (int i = 0; i < count; i++) {
      call();
    }
  }

  /** Calls evenly for a time. */
  void calls(int perSecond, Duration time) {
    long count = time.toSeconds() * perSecond;
    for (long i = 0; i < count; i++) {
      call();
      pass(Duration.ofSeconds(1).dividedBy(perSecond));
    }
  }

  void pass(Duration time) {
    nanos += time.toNanos();
    at = at.plus(time);
  }

  void from(String literal) {
    address = InetAddress.ofLiteral(literal);
  }

  TrafficSignals read() {
    return table.read(caller, nanos, at).orElseThrow();
  }
}
