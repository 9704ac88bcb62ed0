package dev.gatehouse.abuse.watch;

import dev.gatehouse.abuse.Alarm;
import dev.gatehouse.abuse.AlarmListener;
import dev.gatehouse.abuse.CallerView;
import dev.gatehouse.abuse.Judge;
import dev.gatehouse.abuse.traffic.CallerFacts;
import dev.gatehouse.abuse.traffic.CallerTable;
import dev.gatehouse.abuse.traffic.DeclaredHours;
import dev.gatehouse.abuse.traffic.TrafficSignals;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Ticker;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the thread of the watch does with what it was told: it keeps the tables, and in rounds reads
 * the signals of who was active, shows them, and asks the judge about them.
 *
 * <p>A round begins {@link #ROUND_NANOS} after the one before. Every {@link #IDLE_NANOS} all others
 * are read beside the rounds, so that what is shown of them fades; of these nothing is judged,
 * since they have done nothing. It goes in steps of {@link #STEP_CALLERS}, with {@link #REST} times
 * the time of a step between it and the next: whatever signals and rules cost, observations are
 * taken from the queue meanwhile, and a core is never used up.
 *
 * <p>One thread, but for {@link #view}.
 */
final class Lookout {

  /** How often who is active is read: 200 ms, which leaves a step and a pause until 250 ms. */
  static final long ROUND_NANOS = 200_000_000L;

  /** How often who is idle is read: every minute. */
  static final long IDLE_NANOS = 60_000_000_000L;

  /** Active callers that are read in one go. */
  static final int STEP_CALLERS = 128;

  /** Idle ones beside them, which so keep nobody waiting. */
  static final int STEP_IDLE_CALLERS = 16;

  /** How much longer than a step took is waited for the next. */
  static final int REST = 20;

  /** The longest wait for a step: 1 s. */
  static final long REST_NANOS_MAX = 1_000_000_000L;

  private final Map<CallerId, DeclaredHours> hours;
  private final CallerTable callers;
  private final RowTable rows;
  private final int viewsMax;
  private final int pinnedMax;
  private final Board board;
  private final Judge judge;
  private final AlarmListener alarms;
  private final Ticker ticker;
  private final InstantSource clock;
  private final FaultLog faults;

  /** Read by any thread. */
  private final Map<CallerId, CallerView> views = new ConcurrentHashMap<>();

  /** Who did something since they were read. */
  private Set<CallerId> active = new LinkedHashSet<>();

  /** Who is still to be read in this round. */
  private final Queue<CallerId> due = new ArrayDeque<>();

  /** Who is still to be read although it did nothing. */
  private final Queue<CallerId> idle = new ArrayDeque<>();

  private Set<CallerId> pinned = Set.of();
  private long roundNanos;
  private long idleNanos;
  private long restUntilNanos;

  /** What it works with; {@code hours} are those of callers who declared some. */
  record Tables(
      CallerTable callers,
      RowTable rows,
      int callersMax,
      int pinnedMax,
      Map<CallerId, DeclaredHours> hours) {}

  Lookout(
      Tables tables,
      Board board,
      Judge judge,
      AlarmListener alarms,
      Ticker ticker,
      InstantSource clock,
      FaultLog faults) {
    this.callers = tables.callers();
    this.hours = tables.hours();
    this.rows = tables.rows();
    this.viewsMax = tables.callersMax();
    this.pinnedMax = tables.pinnedMax();
    this.board = board;
    this.judge = judge;
    this.alarms = alarms;
    this.ticker = ticker;
    this.clock = clock;
    this.faults = faults;
    long now = ticker.nanos();
    this.roundNanos = now;
    this.idleNanos = now;
    this.restUntilNanos = now;
  }

  /** What was seen of a caller at its last reading; empty if it is not watched. */
  Optional<CallerView> view(CallerId caller) {
    return Optional.ofNullable(views.get(caller));
  }

  /** Takes a call that has ended. */
  void see(EndedCall call, Instant at) {
    CallerId caller = call.caller().id();
    callers.observe(
        caller, new CallerFacts(call.caller().team(), hours.get(caller)), call.observed(at));
    active.add(caller);
  }

  /** Looks at rows of a call; returns how many came. */
  int see(AnsweredRows answered, long nowNanos) {
    active.add(answered.caller());
    return rows.observe(answered, nowNanos);
  }

  /** Goes on with the round, or begins one, if it is time. */
  void goOn(Collection<CallerId> toBePinned) {
    long now = ticker.nanos();
    if (now - restUntilNanos < 0) {
      return;
    }
    if (due.isEmpty() && now - roundNanos >= ROUND_NANOS) {
      begin(now, first(toBePinned));
    }
    for (int i = 0; i < STEP_CALLERS && !due.isEmpty(); i++) {
      read(due.remove(), true, now);
    }
    for (int i = 0; i < STEP_IDLE_CALLERS && !idle.isEmpty(); i++) {
      read(idle.remove(), false, now);
    }
    long end = ticker.nanos();
    restUntilNanos = end + Math.min(REST_NANOS_MAX, REST * Math.max(0, end - now));
  }

  /** As many of them as may be pinned. */
  private Set<CallerId> first(Collection<CallerId> toBePinned) {
    return toBePinned.stream()
        .limit(pinnedMax)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private void begin(long now, Set<CallerId> toBePinned) {
    roundNanos = now;
    pin(toBePinned);
    due.addAll(active);
    if (idle.isEmpty() && now - idleNanos >= IDLE_NANOS) {
      idleNanos = now;
      callers.callers().stream().filter(caller -> !active.contains(caller)).forEach(idle::add);
    }
    active = new LinkedHashSet<>();
  }

  /** Again in each round, since who is not watched yet cannot be pinned yet. */
  private void pin(Set<CallerId> toBePinned) {
    for (CallerId caller : pinned) {
      if (!toBePinned.contains(caller)) {
        callers.unpin(caller);
      }
    }
    for (CallerId caller : toBePinned) {
      boolean ignored = callers.pin(caller);
    }
    pinned = toBePinned;
    rows.pin(pinned);
  }

  private void read(CallerId caller, boolean judged, long now) {
    try {
      Instant at = clock.instant();
      Optional<TrafficSignals> traffic = callers.read(caller, now, at);
      if (traffic.isEmpty()) {
        return;
      }
      CallerView view = new CallerView(caller, traffic.get(), rows.read(caller, now));
      CallerView before = views.get(caller);
      if (before == null && views.size() >= viewsMax) {
        forget();
      }
      views.put(caller, view);
      show(before, view, now);
      if (judged) {
        judge(view);
      }
    } catch (RuntimeException | Error e) {
      faults.add("A caller's signals could not be read", e, now);
    }
  }

  private void show(@Nullable CallerView before, CallerView view, long now) {
    try {
      board.show(before, view);
    } catch (RuntimeException | Error e) {
      faults.add("A caller's signals could not be shown", e, now);
    }
  }

  /**
   * Lets go of views of those whom the table has forgotten; there are some if there are too many.
   */
  private void forget() {
    views
        .values()
        .removeIf(
            view -> {
              boolean gone = !callers.watches(view.caller());
              if (gone) {
                rows.forget(view.caller());
                board.forget(view);
              }
              return gone;
            });
  }

  private void judge(CallerView view) {
    for (Alarm alarm : judge.judge(view)) {
      try {
        alarms.alarm(alarm);
      } catch (RuntimeException | Error e) {
        faults.add("An alarm was not taken", e, ticker.nanos());
      }
    }
  }
}
