package dev.gatehouse.abuse.traffic;

import dev.gatehouse.abuse.traffic.Peers.UsualRates;
import dev.gatehouse.abuse.traffic.TrafficSignals.Credentials;
import dev.gatehouse.abuse.traffic.TrafficSignals.Models;
import dev.gatehouse.abuse.traffic.TrafficSignals.OffHours;
import dev.gatehouse.abuse.traffic.TrafficSignals.Origins;
import dev.gatehouse.abuse.traffic.TrafficSignals.Window;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Watches the traffic of one caller: what it calls, how often, from where, and how that ended.
 *
 * <p>Used by the thread of the watch alone. Everything follows from what it is given: no clock is
 * read. Time that comes late or was set back counts as now ({@link Course}). All its memory is
 * taken at the start, at most {@link #STATE_BYTES_MAX} whatever the caller does.
 */
public final class TrafficWatch {

  /** How many names of models are remembered, as keyed hashes. */
  public static final int MODELS_MAX = 128;

  /** How many networks are remembered. */
  public static final int NETWORKS_MAX = 64;

  /** How many credentials are remembered, as keyed hashes. */
  public static final int CREDENTIALS_MAX = CredentialUses.CREDENTIALS_MAX;

  /**
   * The most that the state of one caller takes, 27 KiB, with 8 bytes counted for each field: the
   * windows are 15.5 KB of it, names of models 3 KiB, networks and credentials 1.5 KiB each.
   */
  public static final int STATE_BYTES_MAX = 27 * 1_024;

  /**
   * Calls with which a caller begins: the networks of these are those it is at home in, such as two
   * ways out of one data centre.
   */
  public static final int BEGINNING_CALLS = 50;

  static final long TEN_MINUTES_NANOS = 600 * Windows.SECOND_NANOS;
  static final long HOUR_NANOS = 3_600 * Windows.SECOND_NANOS;
  static final long DAY_NANOS = 24 * HOUR_NANOS;

  private final Population population;
  private final Windows windows = new Windows();
  private final RecentKeys models = new RecentKeys(MODELS_MAX);
  private final RecentKeys networks = new RecentKeys(NETWORKS_MAX);
  private final CredentialUses credentials = new CredentialUses();
  private final ShiftMeter payload = new ShiftMeter();
  private final ShiftMeter latency = new ShiftMeter();
  private final RateMeters rates;
  private CallerFacts facts;
  private long calls;
  private long start;

  /** When the caller had begun; networks first seen until then are its own. */
  private long begun;

  /** The slice in which it voted last on the cost of each of its models. */
  private final int[] voteSlices = new int[MODELS_MAX];

  private long unknownModels;
  private long freshNetworks;
  private long offHours;
  private long hoursMinute = Long.MIN_VALUE;
  private boolean withinHours;

  TrafficWatch(Population population, CallerFacts facts) {
    this.population = population;
    this.facts = facts;
    this.rates = new RateMeters(population.settings());
  }

  /** Takes what is known of the caller now. */
  void know(CallerFacts now) {
    if (!now.equals(facts)) {
      facts = now;
      hoursMinute = Long.MIN_VALUE;
    }
  }

  CallerFacts facts() {
    return facts;
  }

  /** Observes a call that has ended. */
  public void observe(ObservedCall call) {
    long now = population.advance(call.nanos());
    advance(now);
    if (calls++ == 0) {
      start = now;
    }
    long[] values = population.values();
    Arrays.fill(values, 0);
    Ending ending = Ending.of(call.outcome());
    values[Columns.CALLS] = 1;
    values[Columns.ROWS] = call.rows();
    values[Columns.COMPUTE_NANOS] = call.computeNanos();
    if (Columns.of(ending) >= 0) {
      values[Columns.of(ending)] = 1;
    }
    if (ending == Ending.CANCELLED || ending == Ending.DEADLINE) {
      values[Columns.WASTED_NANOS] = call.computeNanos();
    }
    see(call, ending, values, now);
    windows.add(values);
    rates.called(values, call.latencyNanos());
    population.windows().add(values);
  }

  private void see(ObservedCall call, Ending ending, long[] values, long now) {
    seeModel(call.model(), ending, values, now);
    seeOrigin(call, values, now);
    seeHours(call.at(), values);
    if (call.rows() > 0) {
      payload.add((double) call.requestBytes() / call.rows(), now);
    }
    if (ending == Ending.ANSWERED) {
      latency.add((double) call.latencyNanos(), now);
      seeCost(call, values, now);
    }
  }

  private void seeModel(@Nullable String model, Ending ending, long[] values, long now) {
    // Who ends a call before it is decided must not make the name known by that.
    if (model == null || ending == Ending.CANCELLED || ending == Ending.DEADLINE) {
      return;
    }
    boolean unknown = models.see(population.hash().of(model), now);
    if (unknown) {
      voteSlices[models.place()] = -1;
    }
    if (unknown && ending == Ending.DENIED) {
      unknownModels++;
      values[Columns.UNKNOWN_MODELS] = 1;
    }
  }

  private void seeOrigin(ObservedCall call, long[] values, long now) {
    long network = Networks.of(call.address());
    if (calls <= BEGINNING_CALLS) {
      begun = now;
    }
    if (networks.see(network, now) && calls > BEGINNING_CALLS) {
      freshNetworks++;
    }
    boolean isNew = networks.firstSeen() > begun && now - networks.firstSeen() < DAY_NANOS;
    if (isNew) {
      values[Columns.NEW_NETWORK_ROWS] = call.rows();
    }
    credentials.use(population.hash().of(call.credential()), network, isNew, now);
  }

  private void seeHours(Instant at, long[] values) {
    DeclaredHours hours = facts.hours();
    if (hours == null) {
      return;
    }
    long minute = Math.floorDiv(at.getEpochSecond(), 60);
    if (minute != hoursMinute) {
      hoursMinute = minute;
      withinHours = hours.cover(at);
    }
    if (!withinHours) {
      offHours++;
      values[Columns.OFF_HOURS] = 1;
    }
  }

  private void seeCost(ObservedCall call, long[] values, long now) {
    String model = call.model();
    if (model == null || call.rows() == 0 || call.computeNanos() == 0) {
      return;
    }
    double usualNanos = population.costs().usualNanos(model).orElse(0);
    if (usualNanos > 0) {
      values[Columns.COMPARED_NANOS] = call.computeNanos();
      values[Columns.USUAL_NANOS] = Math.round(usualNanos * call.rows());
    }
    int slice = (int) (now / ModelCosts.SLICE_NANOS);
    if (slice != voteSlices[models.place()]) {
      voteSlices[models.place()] = slice;
      population.costs().vote(model, (double) call.computeNanos() / call.rows(), now);
    }
  }

  /** The signals at this moment: {@code nowNanos} by the ticker, {@code at} by the wall clock. */
  public TrafficSignals read(long nowNanos, Instant at) {
    long now = population.advance(nowNanos);
    advance(now);
    Windows all = population.windows();
    Window lastSeconds = WindowReading.window(windows.lastSeconds(), all.lastSeconds(), now);
    Window lastMinutes = WindowReading.window(windows.lastMinutes(), all.lastMinutes(), now);
    UsualRates peers = population.peers().of(facts.team());
    return new TrafficSignals(
        at,
        calls,
        calls == 0 ? 0 : (double) (now - start) / Windows.SECOND_NANOS,
        lastSeconds,
        lastMinutes,
        WindowReading.window(windows.lastDay(), all.lastDay(), now),
        rates.calls(lastSeconds, peers),
        rates.rows(lastSeconds, peers),
        rates.compute(lastSeconds, peers),
        rates.sustained(peers),
        payload.read(now),
        latency.read(now),
        readModels(now),
        readOrigins(now, lastMinutes.seconds()),
        new Credentials(credentials.usedSince(now - HOUR_NANOS), credentials.shared(now)),
        WindowReading.cost(windows.lastMinutes(), all.lastMinutes(), now),
        readOffHours());
  }

  private Models readModels(long now) {
    return new Models(
        models.seenSince(now - TEN_MINUTES_NANOS),
        windows.lastMinutes().total(Columns.UNKNOWN_MODELS),
        unknownModels);
  }

  private Origins readOrigins(long now, double seconds) {
    return new Origins(
        networks.seenSince(now - HOUR_NANOS),
        networks.newSince(Math.max(now - HOUR_NANOS, begun + 1)),
        freshNetworks,
        windows.lastMinutes().total(Columns.NEW_NETWORK_ROWS) / seconds);
  }

  private Optional<OffHours> readOffHours() {
    return facts.hours() == null
        ? Optional.empty()
        : Optional.of(new OffHours(windows.lastMinutes().total(Columns.OFF_HOURS), offHours));
  }

  private void advance(long now) {
    rates.advance(now, windows.lastSeconds(), population.peers().of(facts.team()));
    windows.advance(now);
  }

  /** What its peaks usually are; unknown while its history is short. */
  UsualRates usualRates() {
    return rates.usual();
  }
}
