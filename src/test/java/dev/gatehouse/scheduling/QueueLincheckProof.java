package dev.gatehouse.scheduling;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Refusal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What callers do without the lock of the queue, under a concurrency checker: in every interleaving
 * tried, what the operations return is what they would return one after the other, in some order
 * that agrees with time.
 *
 * <p>Where the code says that an attempt which fails midway may be seen by others for an instant,
 * the operations return only what must hold even then.
 */
final class QueueLincheckProof {

  private static final int THREADS = 3;
  private static final int ACTORS = 3;

  /** Room for whatever number the checker gives a thread. */
  private static final int THREAD_IDS = 16;

  @ParameterizedTest
  @ValueSource(
      classes = {
        PermitsTaken.class,
        PermitBounds.class,
        Stack.class,
        Claims.class,
        Admitted.class,
        Forgotten.class
      })
  void modelChecking_everyInterleavingTried_isOneOfTurns(Class<?> operations) {
    new ModelCheckingOptions()
        .threads(THREADS)
        .actorsPerThread(ACTORS)
        .iterations(4)
        .invocationsPerIteration(200)
        .check(operations);
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        PermitsTaken.class,
        PermitBounds.class,
        Stack.class,
        Claims.class,
        Admitted.class,
        Forgotten.class
      })
  void stress_everyRun_isOneOfTurns(Class<?> operations) {
    new StressOptions()
        .threads(THREADS)
        .actorsPerThread(ACTORS)
        .iterations(4)
        .invocationsPerIteration(200)
        .check(operations);
  }

  private static <T> List<ArrayDeque<T>> ofEachThread() {
    List<ArrayDeque<T>> all = new ArrayList<>();
    for (int i = 0; i < THREAD_IDS; i++) {
      all.add(new ArrayDeque<>());
    }
    return all;
  }

  /** Permits, as far as rows and calls go: exact in every respect. */
  @Param(name = "thread", gen = ThreadIdGen.class)
  @Param(name = "rows", gen = IntGen.class, conf = "1:3")
  public static final class PermitsTaken {
    private static final int ROWS = 4;
    private static final int CALLS = 3;

    private final Permits permits = new Permits();
    private final List<ArrayDeque<Integer>> held = ofEachThread();

    /** Takes a call of these rows. */
    @Operation
    public String take(@Param(name = "thread") int thread, @Param(name = "rows") int rows) {
      Permits.Take take = permits.take(rows, 0, ROWS, 1, CALLS);
      if (take == Permits.Take.TAKEN) {
        held.get(thread).add(rows);
      }
      return take.toString();
    }

    /** Gives back a call that this thread took. */
    @Operation
    public boolean give(@Param(name = "thread") int thread) {
      Integer rows = held.get(thread).poll();
      if (rows != null) {
        permits.give(rows, 0, 1);
      }
      return rows != null;
    }

    @Operation
    public boolean retire() {
      return permits.retire();
    }

    @Operation
    public int rows() {
      return permits.rows();
    }

    @Operation
    public int calls() {
      return permits.calls();
    }

    @Operation
    public boolean none() {
      return permits.none();
    }
  }

  /** Permits with bytes, which are taken after the rows: never over a bound, and all come back. */
  @Param(name = "thread", gen = ThreadIdGen.class)
  @Param(name = "rows", gen = IntGen.class, conf = "1:3")
  @Param(name = "bytes", gen = IntGen.class, conf = "0:3")
  public static final class PermitBounds {
    private static final int ROWS = 4;
    private static final int BYTES = 4;
    private static final int CALLS = 2;

    private final Permits permits = new Permits();
    private final List<ArrayDeque<int[]>> held = ofEachThread();

    /** Takes if it may, and tells whether a bound was passed. */
    @Operation
    public boolean takePassesBound(
        @Param(name = "thread") int thread,
        @Param(name = "rows") int rows,
        @Param(name = "bytes") int bytes) {
      if (permits.take(rows, bytes, ROWS, BYTES, CALLS) == Permits.Take.TAKEN) {
        held.get(thread).add(new int[] {rows, bytes});
      }
      return permits.rows() > ROWS || permits.bytes() > BYTES || permits.calls() > CALLS;
    }

    /** Gives back the rows and bytes first and then the call, as a split call does. */
    @Operation
    public void give(@Param(name = "thread") int thread) {
      int[] taken = held.get(thread).poll();
      if (taken != null) {
        permits.give(taken[0], taken[1], 0);
        permits.give(0, 0, 1);
      }
    }

    /** What is held is what was taken. */
    @Validate
    public void heldIsTaken() {
      int rows = 0;
      int bytes = 0;
      int calls = 0;
      for (ArrayDeque<int[]> its : held) {
        for (int[] taken : its) {
          rows += taken[0];
          bytes += taken[1];
          calls++;
        }
      }
      require(permits.rows() == rows && permits.bytes() == bytes && permits.calls() == calls);
    }
  }

  /** The stack on which calls come to the queue. */
  @Param(name = "id", gen = IntGen.class, conf = "1:9")
  public static final class Stack {
    private final CallStack<Integer, Integer> stack = new CallStack<>(CallStack.Link.SUBMITTED);
    private final Flow<Integer, Integer> flow = new Flow<>("caller");

    @Operation
    public void push(@Param(name = "id") int id) {
      stack.push(call(flow, id));
    }

    /** All that were pushed, in that order. */
    @Operation
    public List<Integer> takeAll() {
      List<Integer> all = new ArrayList<>();
      Call<Integer, Integer> call = stack.takeAll();
      while (call != null) {
        Integer payload = call.payload();
        all.add(payload == null ? 0 : payload);
        call = stack.unlink(call);
      }
      return all;
    }

    @Operation
    public boolean isEmpty() {
      return stack.isEmpty();
    }
  }

  /** Who may run a call and who answers it. */
  @Param(name = "call", gen = IntGen.class, conf = "0:1")
  public static final class Claims {
    private final AdmissionGate<Integer, Integer> gate = gate();
    private final CallLedger<Integer, Integer> ledger = new CallLedger<>(gate);
    private final List<Call<Integer, Integer>> calls = new ArrayList<>();

    public Claims() {
      for (int id = 0; id < 2; id++) {
        if (gate.reserve(new CallTerms("caller", 1, Priority.INTERACTIVE), 1, 1)
            instanceof Flow<Integer, Integer> flow) {
          Call<Integer, Integer> call = call(flow, id);
          ledger.queued(call);
          calls.add(call);
        }
      }
    }

    @Operation
    public boolean start(@Param(name = "call") int call) {
      return ledger.start(calls.get(call));
    }

    @Operation
    public boolean again(@Param(name = "call") int call) {
      return ledger.again(calls.get(call));
    }

    /** Where the call was, for the one who answers it. */
    @Operation
    public @Nullable String answer(@Param(name = "call") int call) {
      Call.State was = ledger.answer(calls.get(call));
      return was == null ? null : was.toString();
    }

    /** Permits are those of unanswered calls, and pending rows those of waiting ones. */
    @Validate
    public void counted() {
      int unanswered = 0;
      int waiting = 0;
      for (Call<Integer, Integer> call : calls) {
        boolean answered = call.state() == Call.State.ANSWERED;
        unanswered += answered ? 0 : 1;
        waiting += answered || call.state() == Call.State.RUNNING ? 0 : 1;
      }
      require(gate.permits().rows() == unanswered && gate.permits().bytes() == unanswered);
      require(gate.permits().calls() == unanswered && ledger.pendingRows() == waiting);
    }
  }

  /** The gate while it drains: who has seen it drained and empty has seen the last call. */
  @Param(name = "thread", gen = ThreadIdGen.class)
  @Param(name = "caller", gen = IntGen.class, conf = "0:1")
  public static final class Admitted {
    private final AdmissionGate<Integer, Integer> gate = gate();
    private final List<ArrayDeque<Flow<Integer, Integer>>> held = ofEachThread();
    private volatile boolean seenEmpty;

    /** Reserves, and tells whether it was admitted too late. */
    @Operation
    public boolean reserveTooLate(
        @Param(name = "thread") int thread, @Param(name = "caller") int caller) {
      if (gate.reserve(new CallTerms(caller, 1, Priority.INTERACTIVE), 1, 1)
          instanceof Flow<Integer, Integer> flow) {
        held.get(thread).add(flow);
        return seenEmpty;
      }
      return false;
    }

    @Operation
    public void giveBack(@Param(name = "thread") int thread) {
      Flow<Integer, Integer> flow = held.get(thread).poll();
      if (flow != null) {
        gate.giveBack(flow, 1, 1, 1);
      }
    }

    @Operation
    public void drain() {
      gate.drain();
      if (gate.permits().none()) {
        seenEmpty = true;
      }
    }

    /** What is held is what was admitted. */
    @Validate
    public void heldIsAdmitted() {
      int calls = held.stream().mapToInt(ArrayDeque::size).sum();
      require(gate.permits().calls() == calls && gate.permits().bytes() == calls);
    }
  }

  /** Callers that come while idle ones are forgotten: none holds what nobody knows of. */
  @Param(name = "thread", gen = ThreadIdGen.class)
  @Param(name = "caller", gen = IntGen.class, conf = "0:1")
  public static final class Forgotten {
    private final AdmissionGate<Integer, Integer> gate = gate();
    private final List<ArrayDeque<Flow<Integer, Integer>>> held = ofEachThread();

    /** Whether it was admitted: always, since there is room for all. */
    @Operation
    public boolean reserve(@Param(name = "thread") int thread, @Param(name = "caller") int caller) {
      if (gate.reserve(new CallTerms(caller, 1, Priority.INTERACTIVE), 1, 1)
          instanceof Flow<Integer, Integer> flow) {
        held.get(thread).add(flow);
        return gate.flows().known(caller) == flow;
      }
      return false;
    }

    @Operation
    public void giveBack(@Param(name = "thread") int thread) {
      Flow<Integer, Integer> flow = held.get(thread).poll();
      if (flow != null) {
        gate.giveBack(flow, 1, 1, 1);
      }
    }

    @Operation(nonParallelGroup = "lock")
    public void sweep() {
      gate.flows().sweep(0);
    }

    /** Whoever holds something is known. */
    @Validate
    public void holdersAreKnown() {
      for (ArrayDeque<Flow<Integer, Integer>> its : held) {
        for (Flow<Integer, Integer> flow : its) {
          require(gate.flows().known(flow.caller) == flow && flow.permits.calls() > 0);
        }
      }
    }
  }

  private static AdmissionGate<Integer, Integer> gate() {
    return new AdmissionGate<>(
        new BatcherSettings(1, 4, List.of(), Duration.ZERO, 64, 64, 64, 100, Duration.ZERO));
  }

  private static Call<Integer, Integer> call(Flow<Integer, Integer> flow, int id) {
    Call.Permit<Integer, Integer> permit =
        new Call.Permit<>(flow, new CallTerms(flow.caller, 1, Priority.INTERACTIVE), 1, 1, 1);
    return new Call<>(permit, 1, "k", Deadline.NONE, 0, id, new Unheard());
  }

  private static void require(boolean condition) {
    if (!condition) {
      throw new IllegalStateException("what is counted is not what is held");
    }
  }

  /** Takes answers that nobody asks for. */
  private static final class Unheard implements Completion<Integer> {

    @Override
    public void completed(Integer result, Timing timing) {}

    @Override
    public void refused(Refusal refusal) {}
  }
}
