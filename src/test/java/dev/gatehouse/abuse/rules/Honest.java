package dev.gatehouse.abuse.rules;

import dev.gatehouse.abuse.traffic.CallerFacts;
import dev.gatehouse.abuse.traffic.DeclaredHours;
import dev.gatehouse.abuse.traffic.ObservedCall;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.TeamName;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.LongFunction;
import java.util.function.LongToDoubleFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An honest caller: how much it calls at which second, from where, and with what rows. Seconds are
 * those since the start of the simulation, a Monday.
 */
final class Honest {

  static final long HOUR = 3_600;
  static final long DAY = 24 * HOUR;

  private static final Outcome DENIED = Outcome.refused(Reason.ACCESS_DENIED);
  private static final Outcome CANCELLED = Outcome.refused(Reason.CANCELLED);
  private static final Outcome LATE = Outcome.refused(Reason.DEADLINE_EXCEEDED);

  /** While a deploy goes on: silence, then what waited and is tried again. */
  private static final long DEPLOY_SILENCE = 25;

  private static final long DEPLOY_RETRIES = 30;
  private static final double RETRIES = 3;

  /** When it stalls, and for how long. */
  private static final long STALL = 11 * HOUR;

  private static final long STALL_SECONDS = 10;

  private record Planned(Outcome outcome, double waitedSeconds) {}

  private final Random random;
  final CallerId id;
  private final LongToDoubleFunction callsPerSecond;
  CallerFacts facts;
  long begin;
  int rowsPerCall = 1;
  double lateShare;
  boolean deploys;
  boolean stalls;
  boolean atOnce;
  LongFunction<String> address;
  @Nullable Supplier<float[]> rows;
  private final List<Planned> planned = new ArrayList<>();
  private long deployed = Long.MIN_VALUE / 2;

  Honest(String id, String team, long seed, LongToDoubleFunction callsPerSecond) {
    this.id = new CallerId(id);
    this.random = new Random(seed ^ id.hashCode());
    this.callsPerSecond = callsPerSecond;
    this.facts = new CallerFacts(new TeamName(team), null);
    String home = "10." + random.nextInt(200) + "." + random.nextInt(200) + ".7";
    this.address = second -> home;
  }

  Honest within(DeclaredHours hours) {
    facts = new CallerFacts(facts.team(), hours);
    return this;
  }

  Honest rows(int perCall) {
    rowsPerCall = perCall;
    return this;
  }

  Honest contents(Supplier<float[]> rows) {
    this.rows = rows;
    return this;
  }

  Honest from(LongFunction<String> address) {
    this.address = address;
    return this;
  }

  Honest deploying() {
    deploys = true;
    return this;
  }

  /** What waits behind something that stands still, once a day, is let go at once. */
  Honest stalling() {
    stalls = true;
    return this;
  }

  /** All calls of a second come in the first quarter of it. */
  Honest atOnce() {
    atOnce = true;
    return this;
  }

  Honest late(double share) {
    lateShare = share;
    return this;
  }

  Honest since(long second) {
    begin = second;
    return this;
  }

  Random random() {
    return random;
  }

  /**
   * What it does in a quarter of a second, the first of which says what it does in all; of its
   * rows, each {@code rowEvery}-th is looked at.
   */
  void quarter(long second, int quarter, Simulation simulation, int rowEvery) {
    if (quarter == 0) {
      planned.clear();
      plan(second);
    }
    int from = atOnce ? (quarter == 0 ? 0 : planned.size()) : planned.size() * quarter / 4;
    int to = atOnce ? planned.size() : planned.size() * (quarter + 1) / 4;
    for (Planned call : planned.subList(from, to)) {
      call(simulation, second, call, rowEvery);
    }
  }

  private void plan(long second) {
    double rate = second < begin ? 0 : callsPerSecond.applyAsDouble(second);
    if (rate == 0) {
      return;
    }
    // once a working day, in office hours
    boolean office = second % DAY > 9 * HOUR && second % DAY < 17 * HOUR;
    if (deploys && office && second - deployed > DAY && random.nextInt(4 * (int) HOUR) == 0) {
      deployed = second;
      int inFlight = (int) Math.min(60, 10 + 3 * rate);
      for (int i = 0; i < inFlight; i++) {
        planned.add(new Planned(CANCELLED, 0));
      }
    }
    long sinceStall = second % DAY - STALL;
    if (stalls && sinceStall >= 0 && sinceStall < STALL_SECONDS) {
      return;
    }
    if (stalls && sinceStall == STALL_SECONDS) {
      for (int i = 0; i < STALL_SECONDS * rate; i++) {
        planned.add(new Planned(Outcome.OK, 1 + i / rate));
      }
      return;
    }
    long since = second - deployed;
    if (since < DEPLOY_SILENCE) {
      return;
    }
    boolean retrying = since < DEPLOY_SILENCE + DEPLOY_RETRIES;
    int calls = poisson(retrying ? RETRIES * rate : rate);
    for (int i = 0; i < calls; i++) {
      boolean early = since < DEPLOY_SILENCE + 5;
      double chance = random.nextDouble();
      Outcome outcome =
          early && chance < 0.5
              ? DENIED
              : retrying && chance < 0.05 ? CANCELLED : chance < lateShare ? LATE : Outcome.OK;
      planned.add(new Planned(outcome, 0));
    }
  }

  private void call(Simulation simulation, long second, Planned planned, int rowEvery) {
    Outcome outcome = planned.outcome();
    int count =
        outcome == DENIED
            ? 0
            : Math.max(1, (int) (rowsPerCall * (0.8 + 0.4 * random.nextDouble())));
    simulation.observe(
        id,
        facts,
        new ObservedCall(
            Simulation.MODEL.value(),
            outcome,
            count,
            64 + 256L * count,
            (long) (planned.waitedSeconds() * 1e9 + 5e6 * Math.exp(0.3 * random.nextGaussian())),
            (long) (2e5 * count * Math.exp(0.2 * random.nextGaussian())),
            InetAddress.ofLiteral(address.apply(second)),
            "key-of-" + id,
            simulation.now(),
            simulation.nanos()));
    for (int i = 0; rows != null && i < count; i++) {
      if (random.nextInt(rowEvery) == 0) {
        simulation.row(id, rows.get());
      }
    }
  }

  private int poisson(double mean) {
    if (mean > 30) {
      return (int) Math.max(0, Math.round(mean + Math.sqrt(mean) * random.nextGaussian()));
    }
    double limit = Math.exp(-mean);
    double product = random.nextDouble();
    int count = 0;
    while (product > limit) {
      product *= random.nextDouble();
      count++;
    }
    return count;
  }
}
