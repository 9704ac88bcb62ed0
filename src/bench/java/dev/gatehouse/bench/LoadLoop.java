package dev.gatehouse.bench;

import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceStub;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A closed load: a number of slots, each of which sends its next call when the last is answered.
 *
 * <p>It first waits until every slot was answered once, then counts the calls that end within the
 * window, and then lets those in flight end. Used once.
 */
final class LoadLoop {

  /** How long the first calls of all slots may take, and the last. */
  static final Duration SETTLE_MAX = Duration.ofMinutes(1);

  /** Runs in before the window, beyond the first answers. */
  private static final Duration RAMP = Duration.ofMillis(150);

  /** When a caller that may be refused comes back: what the gateway tells it. */
  private static final Duration RETRY_AFTER = Duration.ofMillis(100);

  /** Every so many calls of a slot the values are checked; the shape always is. */
  private static final int VALUES_EVERY = 64;

  private final List<Exchange> exchanges;
  private final boolean values;
  private final ServerWatch server;
  private final Ticker ticker = SystemTime.ticker();
  private final List<Slot> slots = new ArrayList<>();
  private final Latencies latencies = new Latencies();
  private final LongAdder ended = new LongAdder();
  private final CountDownLatch started;
  private final CountDownLatch stopped;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile boolean measuring;
  private volatile boolean stopping;

  /**
   * Slots of one caller.
   *
   * @param stubs one for each connection; slots take turns
   * @param slots how many
   * @param observed whether its calls are counted and timed; else they are only made
   */
  record Group(List<GRPCInferenceServiceStub> stubs, int slots, boolean observed) {

    /** Copies the list. */
    Group {
      stubs = List.copyOf(stubs);
    }

    /** A caller whose calls are what is measured. */
    static Group all(List<GRPCInferenceServiceStub> stubs, int slots) {
      return new Group(stubs, slots, true);
    }
  }

  /**
   * A load.
   *
   * @param groups who calls
   * @param exchanges what is called, in turn
   * @param values whether the values that come back are the expected ones
   * @param server whose CPU time and allocations are read
   */
  LoadLoop(List<Group> groups, List<Exchange> exchanges, boolean values, ServerWatch server) {
    this.exchanges = exchanges;
    this.values = values;
    this.server = server;
    for (Group group : groups) {
      for (int i = 0; i < group.slots(); i++) {
        List<GRPCInferenceServiceStub> stubs = group.stubs();
        slots.add(new Slot(stubs.get(i % stubs.size()), slots.size(), group.observed()));
      }
    }
    this.started = new CountDownLatch(slots.size());
    this.stopped = new CountDownLatch(slots.size());
  }

  /**
   * Runs it.
   *
   * @throws IllegalStateException if a call fails, or an answer is not as it should be
   */
  Figures run(Duration window) {
    slots.forEach(Slot::call);
    await(started);
    LockSupport.parkNanos(RAMP.toNanos());
    Cpu before = Cpu.read(server.process());
    long allocatedBefore = server.allocatedBytes();
    long startNanos = ticker.nanos();
    measuring = true;
    park(startNanos + window.toNanos());
    measuring = false;
    long allocated = server.allocatedBytes() - allocatedBefore;
    double seconds = (ticker.nanos() - startNanos) / 1e9;
    Cpu.Shares cpu = before.until(Cpu.read(server.process()), seconds);
    stopping = true;
    await(stopped);
    return Figures.of(latencies.count(), 1, seconds, latencies, null, cpu).withAllocated(allocated);
  }

  /** The calls that ended well from the first to the last, within the window or not. */
  long endedCalls() {
    return ended.sum();
  }

  private void park(long untilNanos) {
    long left = untilNanos - ticker.nanos();
    while (left > 0 && failure.get() == null) {
      LockSupport.parkNanos(left);
      left = untilNanos - ticker.nanos();
    }
  }

  private void await(CountDownLatch latch) {
    boolean in;
    try {
      in = latch.await(SETTLE_MAX.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
    Throwable cause = failure.get();
    if (cause != null) {
      throw new IllegalStateException("a call failed: " + cause.getMessage(), cause);
    }
    if (!in) {
      throw new IllegalStateException("calls are not answered within " + SETTLE_MAX);
    }
  }

  /** One call after the other; each callback comes from the event loop of the slot's connection. */
  private final class Slot implements StreamObserver<ModelInferResponse> {
    private final GRPCInferenceServiceStub stub;
    private final int number;
    private final boolean observed;
    private long calls;
    private long startNanos;
    private boolean answered;
    private boolean begun;

    Slot(GRPCInferenceServiceStub stub, int number, boolean observed) {
      this.stub = stub;
      this.number = number;
      this.observed = observed;
    }

    void call() {
      answered = false;
      startNanos = ticker.nanos();
      stub.modelInfer(exchange().request(), this);
    }

    private Exchange exchange() {
      return exchanges.get((int) ((calls + number) % exchanges.size()));
    }

    @Override
    public void onNext(ModelInferResponse response) {
      long nanos = ticker.nanos() - startNanos;
      if (observed && measuring) {
        latencies.record(nanos);
      }
      try {
        exchange().checkShape(response);
        if (values && calls % VALUES_EVERY == 0) {
          exchange().checkValues(response);
        }
        answered = true;
      } catch (IllegalStateException e) {
        failed(e);
      }
    }

    @Override
    public void onCompleted() {
      if (!answered) {
        failed(new IllegalStateException("a call ended without a good answer"));
      }
      ended.increment();
      calls++;
      begun();
      if (stopping || failure.get() != null) {
        stopped.countDown();
      } else {
        call();
      }
    }

    /** Who is only there to disturb may be told to come back later, and does. */
    @Override
    public void onError(Throwable cause) {
      if (observed || Status.fromThrowable(cause).getCode() != Status.Code.UNAVAILABLE) {
        failed(cause);
      } else if (!stopping && failure.get() == null) {
        begun();
        CompletableFuture.delayedExecutor(RETRY_AFTER.toMillis(), TimeUnit.MILLISECONDS)
            .execute(this::call);
        return;
      }
      stopped.countDown();
    }

    private void begun() {
      if (!begun) {
        begun = true;
        started.countDown();
      }
    }

    private void failed(Throwable cause) {
      failure.compareAndSet(null, cause);
      // Whoever waits for all slots to start need not wait any longer.
      while (started.getCount() > 0) {
        started.countDown();
      }
    }
  }
}
