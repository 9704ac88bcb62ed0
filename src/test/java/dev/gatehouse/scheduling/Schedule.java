package dev.gatehouse.scheduling;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.scheduling.ScheduleRules.Holder;
import dev.gatehouse.scheduling.ScheduleRules.Reserved;
import dev.gatehouse.scheduling.SimulatedCall.Piece;
import dev.gatehouse.scheduling.SimulatedCall.Rows;
import dev.gatehouse.scheduling.SimulatedCall.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * One random schedule on a fake clock and one thread: random settings and random events on the real
 * {@link Scheduler}, with all that is below it, checked against {@link ScheduleRules} after each.
 *
 * <p>Everything follows from the seed. Each event draws from a source of its own, so that one can
 * be left out and the others stay what they are.
 */
final class Schedule {

  static final int STEPS = 150;
  private static final int CALLERS_MAX = 6;

  /** How a batch ends, but for those that have poison in them. */
  private enum Ending {
    RESULTS,
    TOO_FEW,
    A_NULL,
    FAILURE,
    ERROR,
    REFUSED,
    EXHAUSTED,
    LOST
  }

  private static final RuntimeException FAILURE = new IllegalStateException("a failure");
  private static final Error ERROR = new AssertionError("an error");

  private final long seed;
  private final BitSet leftOut;
  private final @Nullable List<String> trace;
  private final Random random = new Random();
  private final BatcherSettings settings;
  private final boolean splits;
  private final boolean eager;
  private final int burstMax;
  private final boolean unitRows;
  private final int keys;
  private final int[] weights;
  private final AdmissionGate<Piece, Rows> gate;
  private final Settlement settlement;
  private final Scheduler<Piece, Rows> scheduler;
  private final ScheduleRules rules;
  final FairShares shares;
  private final PayloadParts<Piece, Rows> parts = new Cutter();
  private final List<SimulatedCall> calls = new ArrayList<>();
  private final List<Reserved> reservations = new ArrayList<>();
  private final Map<Integer, Batch<Piece, Rows>> flights = new HashMap<>();
  private final List<Batch<Piece, Rows>> stuck = new ArrayList<>();
  private Ending ending = Ending.RESULTS;
  private boolean reentrant;

  /** How many events came to pass. */
  long events;

  Schedule(long seed, BitSet leftOut, @Nullable List<String> trace) {
    this.seed = seed;
    this.leftOut = leftOut;
    this.trace = trace;
    random.setSeed(mixed(-1));
    unitRows = random.nextInt(3) == 0;
    eager = random.nextBoolean();
    burstMax = 1 + random.nextInt(unitRows ? 60 : 12);
    splits = !unitRows && random.nextBoolean();
    keys = 1 + random.nextInt(3);
    weights = random.ints(2 + random.nextInt(CALLERS_MAX - 1), 1, 6).toArray();
    settings = settings();
    gate =
        new AdmissionGate<>(settings, splits ? settings.queueRowsMax() : settings.batchRowsMax());
    shares = new FairShares(settings, weights, keys, unitRows);
    shares.gate(gate);
    rules = new ScheduleRules(settings, splits, gate, weights, keys, shares);
    rules.now = random.nextBoolean() ? random.nextLong() : Long.MAX_VALUE - random.nextInt(5_000);
    rules.meanwhile = this::meanwhile;
    settlement = new Settlement(() -> rules.now);
    GuardedRunner<Piece, Rows> runner =
        new GuardedRunner<>("schedule", (_, pieces) -> end(pieces), new Ears(), () -> rules.now);
    scheduler = new Scheduler<>("schedule", settings, gate, runner, settlement, () -> rules.now);
  }

  private BatcherSettings settings() {
    int batchRows = 1 + random.nextInt(random.nextInt(4) == 0 ? 16 : 8);
    int queueRows = batchRows + random.nextInt(unitRows ? 600 : 60);
    return new BatcherSettings(
        1 + random.nextInt(3),
        batchRows,
        batchRows > 4 && random.nextBoolean() ? List.of(2, 4) : List.of(),
        Duration.ofNanos(Math.max(0, random.nextInt(4) - 1) * 50L),
        queueRows,
        20 + random.nextInt(random.nextBoolean() && !unitRows ? 100 : 10_000),
        1 + random.nextInt(random.nextBoolean() && !unitRows ? 5 : queueRows),
        20 + random.nextInt(81),
        random.nextInt(3) == 0 ? Duration.ofNanos(500) : Duration.ZERO);
  }

  private long mixed(int step) {
    return (seed * 0x9E37_79B9_7F4A_7C15L + step) * 0xBF58_476D_1CE4_E5B9L;
  }

  void run() {
    note("settings", settings);
    for (int step = 0; step < STEPS; step++) {
      if (!leftOut.get(step)) {
        random.setSeed(mixed(step));
        step();
        serveIdle();
        atRest();
      }
    }
    random.setSeed(mixed(STEPS));
    over();
  }

  private void atRest() {
    rules.atRest(scheduler.queue().ledger().pendingRows());
  }

  private void note(String event, Object subject) {
    events++;
    if (trace != null) {
      trace.add(rules.now + " " + event + " " + subject);
    }
  }

  private void step() {
    reentrant = random.nextInt(8) == 0;
    int dice = random.nextInt(1_000);
    int instance = random.nextInt(settings.instances());
    if (dice < 180) {
      reserve(true);
    } else if (dice < 330) {
      submit();
    } else if (dice < 470) {
      for (int i = random.nextInt(burstMax); i >= 0; i--) {
        reserve(true);
        submit();
      }
    } else if (dice < 490) {
      release();
    } else if (dice < 560) {
      cancel();
    } else if (dice < 700) {
      poll(instance);
    } else if (dice < 850) {
      land(instance);
    } else if (dice < 930) {
      rules.now += random.nextInt(40) == 0 ? Duration.ofSeconds(6).toNanos() : random.nextInt(60);
    } else if (dice < 960) {
      expire();
    } else if (dice < 970) {
      scheduler.tidy();
    } else {
      rarely(dice, instance);
    }
  }

  private void rarely(int dice, int instance) {
    if (dice < 980) {
      abandonOrReplace(instance);
    } else if (dice < 990) {
      landStuck();
    } else if (dice == 990 && random.nextInt(2) == 0) {
      note("drain", "");
      gate.drain();
    } else if (dice == 991 && random.nextInt(4) == 0) {
      close();
    }
  }

  /** In half the schedules an instance without work looks for some at once, as in production. */
  private void serveIdle() {
    for (int i = 0; eager && i < settings.instances(); i++) {
      poll(i);
    }
  }

  // Callers.

  private void reserve(boolean exact) {
    Holder holder = rules.holders.get(random.nextInt(weights.length));
    int rowsMax = settings.batchRowsMax();
    int most =
        random.nextInt(10) == 0 ? Math.min(settings.queueRowsMax(), 4 * rowsMax) + 1 : rowsMax;
    int rows = unitRows ? 1 : 1 + random.nextInt(most);
    int bytes = random.nextInt(200) == 0 ? 2_000 : random.nextInt(15);
    Priority priority = random.nextInt(3) == 0 ? Priority.BULK : Priority.INTERACTIVE;
    CallTerms terms = new CallTerms(holder.index, holder.weight, priority);
    Reason expected = rules.refusal(holder, priority, rows, bytes);
    note("reserve", holder + " rows " + rows + " bytes " + bytes + (exact ? "" : " meanwhile"));
    switch (gate.reserve(terms, rows, bytes)) {
      case Flow<Piece, Rows> flow -> {
        rules.require(!exact || expected == null, "admitted instead of " + expected, holder);
        settlement.admitted();
        Reserved reserved = new Reserved(flow, holder, terms, rows, bytes);
        reservations.add(reserved);
        rules.reserved(reserved);
      }
      case Place.None<Piece, Rows>(Refusal refusal) ->
          rules.require(
              !exact || refusal.reason() == expected,
              "not admitted: " + refusal.reason() + " instead of " + expected,
              holder);
    }
  }

  private void submit() {
    if (reservations.isEmpty()) {
      return;
    }
    Reserved reserved = reservations.remove(random.nextInt(reservations.size()));
    int key = unitRows ? reserved.holder().index % keys : random.nextInt(keys);
    Deadline deadline =
        random.nextInt(4) == 0 ? Deadline.at(rules.now + random.nextInt(300) - 5) : Deadline.NONE;
    int cost = 1 + random.nextInt(FairShares.COST_MAX);
    SimulatedCall call =
        new SimulatedCall(
            rules,
            reserved,
            calls.size(),
            key,
            cost,
            deadline,
            random.nextInt(12) == 0,
            settings.batchRowsMax());
    calls.add(call);
    note("submit", call + (deadline.finite() ? " until " + deadline.nanos() : ""));
    rules.submitted(call);
    submit(call, reserved);
  }

  /** As {@link Batcher} does. */
  private void submit(SimulatedCall call, Reserved reserved) {
    Call.Permit<Piece, Rows> permit =
        new Call.Permit<>(reserved.flow(), reserved.terms(), reserved.rows(), reserved.bytes(), 1);
    if (call.rows > settings.batchRowsMax()) {
      SplitCall<Piece, Rows> split =
          new SplitCall<>(scheduler, permit, parts, settings.batchRowsMax(), call.whole(), call);
      call.submission = split;
      split.submit(call.key, call.cost, call.deadline, rules.now);
      return;
    }
    Call<Piece, Rows> one =
        new Call<>(permit, call.cost, call.key, call.deadline, rules.now, call.whole(), call);
    call.submission = () -> scheduler.cancel(one);
    scheduler.queue().ledger().queued(one);
    scheduler.submit(one);
  }

  private void release() {
    if (!reservations.isEmpty()) {
      Reserved reserved = reservations.remove(random.nextInt(reservations.size()));
      note("release", reserved.holder());
      rules.released(reserved);
      gate.giveBack(reserved.flow(), reserved.rows(), reserved.bytes(), 1);
      settlement.settled();
    }
  }

  private void cancel() {
    if (calls.isEmpty()) {
      return;
    }
    SimulatedCall call = calls.get(Math.max(0, calls.size() - 1 - random.nextInt(25)));
    Submission submission = call.submission;
    if (submission != null) {
      note("cancel", call);
      call.possible.add(Reason.CANCELLED);
      submission.cancel();
      if (!reentrant) {
        rules.require(call.answered, "not answered by its cancel", call);
      }
    }
  }

  // Instances.

  private void poll(int instance) {
    Slot<Piece, Rows> slot = scheduler.queue().slot(instance);
    if (slot.running != null) {
      return;
    }
    boolean wasReentrant = reentrant;
    reentrant = false;
    List<Batch<Piece, Rows>> taken = new ArrayList<>(1);
    scheduler.change(
        () -> {
          Batch<Piece, Rows> batch = scheduler.queue().poll(slot, rules.now);
          if (batch != null) {
            taken.add(batch);
          }
        });
    reentrant = wasReentrant;
    if (!taken.isEmpty()) {
      flights.put(instance, taken.getFirst());
      note("run on " + instance, taken.getFirst().payloads());
      rules.require(!slot.abandoned && !gate.closed(), "ran on what has ended", instance);
      rules.polled(taken.getFirst(), scheduler.queue().batchRowsLimit());
    } else if (!slot.abandoned && !gate.closed()) {
      rules.idle();
    }
    rules.require(
        !rules.anythingWaits() || scheduler.queue().hasQueued() || gate.closed(),
        "nobody is told of what waits",
        instance);
  }

  /** A batch ends: it fails if one of its calls is poison, or for another reason. */
  private void land(int instance) {
    Batch<Piece, Rows> batch = flights.remove(instance);
    if (batch == null) {
      return;
    }
    ending = ending(batch);
    note(ending + " on " + instance, batch.payloads());
    Slot<Piece, Rows> slot = batch.slot();
    if (slot.running != batch) {
      landLate(batch);
      return;
    }
    if (ending == Ending.LOST) {
      mayBeNotReady(slot, batch);
    } else {
      rules.runEnded(rules.now - batch.startedNanos());
    }
    List<Piece> alive =
        batch.payloads().stream().filter(piece -> piece.stage == Stage.RUNNING).toList();
    expect(batch, alive);
    scheduler.run(batch);
    for (Piece piece : alive) {
      boolean again = piece.stage == Stage.AGAIN || piece.stage == Stage.WAITING;
      boolean partDone = ending == Ending.RESULTS && piece.call.pieces.size() > 1;
      rules.require(again || piece.call.answered || partDone, "no answer", piece);
    }
  }

  /** Tells the rules what must come of it. */
  private void expect(Batch<Piece, Rows> batch, List<Piece> alive) {
    boolean alone = batch.calls().size() == 1;
    for (Piece piece : alive) {
      switch (ending) {
        case RESULTS -> {
          if (piece.call.pieces.size() > 1) {
            rules.ended(piece);
          }
        }
        case REFUSED -> piece.call.possible.add(Reason.NOT_FOUND);
        case LOST -> {}
        case EXHAUSTED -> againOr(piece, alone, Reason.QUEUE_FULL);
        case ERROR -> againOr(piece, alone, Reason.INTERNAL);
        case TOO_FEW, A_NULL, FAILURE -> againOr(piece, alone, Reason.MODEL_REJECTED_INPUT);
      }
    }
  }

  private void againOr(Piece piece, boolean alone, Reason reason) {
    if (alone) {
      piece.call.possible.add(reason);
    } else {
      rules.again(piece);
    }
  }

  private Ending ending(Batch<Piece, Rows> batch) {
    if (batch.payloads().stream().anyMatch(piece -> piece.call.poison)) {
      return List.of(Ending.FAILURE, Ending.TOO_FEW, Ending.A_NULL, Ending.ERROR)
          .get(random.nextInt(4));
    }
    return random.nextInt(6) == 0
        ? Ending.values()[random.nextInt(Ending.values().length)]
        : Ending.RESULTS;
  }

  /** What the runner does in the end. */
  private List<Rows> end(List<Piece> pieces) throws Exception {
    List<Rows> results = new ArrayList<>(pieces.size());
    pieces.forEach(piece -> results.add(piece.result()));
    switch (ending) {
      case RESULTS -> {}
      case TOO_FEW -> results.removeLast();
      case A_NULL -> results.set(0, null);
      case FAILURE -> throw FAILURE;
      case ERROR -> throw ERROR;
      case REFUSED -> throw new RefusedException(new Refusal.NotFound("model"));
      case EXHAUSTED -> throw new DeviceMemoryExhaustedException();
      case LOST -> throw new InstanceLostException();
    }
    return results;
  }

  private void landStuck() {
    if (!stuck.isEmpty()) {
      Batch<Piece, Rows> batch = stuck.remove(random.nextInt(stuck.size()));
      ending = Ending.values()[random.nextInt(Ending.values().length)];
      note("late " + ending, batch.payloads());
      landLate(batch);
    }
  }

  /** What comes after the instance was given up, or all was closed, changes nothing. */
  private void landLate(Batch<Piece, Rows> batch) {
    int open = rules.open.size();
    int usable = gate.usableInstances();
    reentrant = false;
    scheduler.run(batch);
    rules.require(rules.open.size() == open, "answered late", batch.payloads());
    boolean same = gate.closed() || gate.usableInstances() == usable;
    rules.require(same, "abandoned twice", batch.slot().instance);
  }

  private void mayBeNotReady(Slot<Piece, Rows> slot, @Nullable Batch<Piece, Rows> batch) {
    if (batch != null) {
      batch.payloads().forEach(piece -> piece.call.possible.add(Reason.MODEL_NOT_READY));
    }
    if (!slot.abandoned && gate.usableInstances() == 1) {
      rules.allMayBe(Reason.MODEL_NOT_READY);
    }
  }

  private void abandonOrReplace(int instance) {
    Slot<Piece, Rows> slot = scheduler.queue().slot(instance);
    if (slot.abandoned) {
      boolean[] fresh = new boolean[1];
      note("replace", instance);
      scheduler.change(() -> fresh[0] = scheduler.queue().replace(instance) != null);
      rules.require(fresh[0] != gate.closed(), "replaced", instance);
    } else if (random.nextInt(3) == 0) {
      Batch<Piece, Rows> batch = flights.remove(instance);
      if (batch != null) {
        stuck.add(batch);
      }
      note("abandon", instance);
      mayBeNotReady(slot, batch);
      scheduler.change(() -> scheduler.queue().abandon(slot));
    }
  }

  private void expire() {
    note("expire", "");
    scheduler.change(() -> scheduler.queue().expire(rules.now));
    for (SimulatedCall call : rules.open) {
      boolean waits =
          call.pieces.stream()
              .anyMatch(piece -> piece.stage == Stage.WAITING || piece.stage == Stage.AGAIN);
      boolean late = call.deadline.passed(rules.now);
      rules.require(reentrant || !waits || !late, "kept though expired", call);
    }
  }

  private void close() {
    note("close", "");
    rules.allMayBe(Reason.DRAINING);
    reentrant = false;
    scheduler.change(scheduler.queue()::close);
    rules.require(rules.open.isEmpty(), "not answered by the close", rules.open);
  }

  /** Drains, runs dry or is closed, and then nothing may be left. */
  private void over() {
    reentrant = false;
    gate.drain();
    while (!reservations.isEmpty()) {
      if (random.nextBoolean()) {
        submit();
      } else {
        release();
      }
    }
    if (random.nextInt(3) == 0) {
      close();
    }
    if (gate.usableInstances() == 0 && !gate.closed()) {
      scheduler.change(() -> scheduler.queue().replace(0));
    }
    for (int round = 0; !rules.nothingHeld(); round++) {
      rules.require(round < 20_000, "does not run dry", rules.open);
      int instance = round % settings.instances();
      poll(instance);
      land(instance);
      if (gate.usableInstances() == 0 && !gate.closed()) {
        scheduler.change(() -> scheduler.queue().replace(0));
      }
      atRest();
    }
    List.copyOf(flights.keySet()).forEach(this::land);
    while (!stuck.isEmpty()) {
      landStuck();
    }
    atRest();
    rules.over();
    rules.require(settlement.allSettled(), "not settled", settings);
  }

  /** Does what a completion or listener may do: reserve, submit and cancel. */
  private void meanwhile() {
    if (reentrant) {
      switch (random.nextInt(4)) {
        case 0 -> reserve(false);
        case 1 -> submit();
        case 2 -> cancel();
        default -> {}
      }
    }
  }

  /** Cuts and joins. */
  private final class Cutter implements PayloadParts<Piece, Rows> {

    @Override
    public Piece part(Piece payload, int firstRow, int rows) {
      return payload.call.piece(firstRow, rows);
    }

    @Override
    public Rows join(List<Rows> parts) {
      int call = parts.getFirst().call();
      int next = 0;
      for (Rows part : parts) {
        rules.require(part.call() == call && part.first() == next, "joined out of order", parts);
        next += part.rows();
      }
      return new Rows(call, 0, next);
    }
  }

  /** Counts what was dropped, and does what listeners may do. */
  private final class Ears implements BatchListener {

    @Override
    public void callDropped(DropReason reason) {
      rules.drops.merge(reason, 1, Integer::sum);
    }

    @Override
    public void batchRan(int itsCalls, int rows, long runNanos, boolean failed) {
      meanwhile();
    }
  }
}
