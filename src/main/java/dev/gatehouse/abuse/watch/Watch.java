package dev.gatehouse.abuse.watch;

import dev.gatehouse.abuse.AlarmListener;
import dev.gatehouse.abuse.CallerView;
import dev.gatehouse.abuse.Judge;
import dev.gatehouse.abuse.traffic.CallerTable;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.metrics.GatewayMetrics;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;

/**
 * Watches callers: takes what they did from the threads of their calls, and on a thread of its own
 * makes signals of it, shows them and asks rules about them.
 *
 * <p>Who observes neither waits nor wakes anybody: observations lie in a ring until the thread
 * comes by, every {@link #PAUSE}. Beyond {@link #OBSERVATIONS_MAX} of them, and beyond {@link
 * #HELD_BYTES_MAX} bytes of tensors, they are dropped and counted.
 */
public final class Watch implements CallObserver, AutoCloseable {

  /** Observations that wait. */
  public static final int OBSERVATIONS_MAX = 1 << 16;

  /** Bytes of tensors that wait, and those of one call more, so that none is too large. */
  public static final long HELD_BYTES_MAX = 32L << 20;

  /** How long the thread sleeps when it has taken all that waited. */
  static final Duration PAUSE = Duration.ofMillis(15);

  private static final Duration CLOSE_WAIT_MAX = Duration.ofSeconds(5);

  private final ObservationQueue queue = new ObservationQueue(OBSERVATIONS_MAX);
  private final AtomicLong heldBytes = new AtomicLong();
  private final LongAdder dropped = new LongAdder();
  private final RowSampler sampler;
  private final Lookout lookout;
  private final Board board;
  private final Ticker ticker;
  private final InstantSource clock;
  private final FaultLog faults = new FaultLog();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;
  private volatile Collection<CallerId> pinned = Set.of();

  /** Used by the thread alone. */
  private long droppedTold;

  /**
   * A watch that looks at nothing before it is started. References are read here.
   *
   * @param judge says what is wrong with a caller
   * @param alarms hears of it
   */
  public Watch(
      WatchSettings settings,
      GatewayMetrics metrics,
      Judge judge,
      AlarmListener alarms,
      Ticker ticker,
      InstantSource clock) {
    this(settings, Board.of(metrics), judge, alarms, ticker, clock, new SecureRandom());
  }

  Watch(
      WatchSettings settings,
      Board board,
      Judge judge,
      AlarmListener alarms,
      Ticker ticker,
      InstantSource clock,
      RandomGenerator secrets) {
    long now = ticker.nanos();
    this.board = board;
    this.ticker = ticker;
    this.clock = clock;
    this.sampler = new RowSampler(settings.rowsPerSecondMax(), secrets, now);
    RandomGenerator rows = new SplittableRandom(secrets.nextLong());
    Lookout.Tables tables =
        new Lookout.Tables(
            new CallerTable(settings.traffic(), secrets),
            new RowTable(
                settings.pairsMax(),
                References.read(settings.references(), secrets),
                new RowBudget(settings.rowsPerSecondMax(), now),
                rows),
            settings.callersMax(),
            settings.traffic().pinnedMax(),
            settings.hours());
    this.lookout = new Lookout(tables, board, judge, alarms, ticker, clock, faults);
    this.thread = Thread.ofPlatform().daemon().name("gatehouse-watch").unstarted(this::run);
  }

  /** Begins to look. */
  public void start() {
    thread.start();
  }

  @Override
  public void ended(EndedCall call) {
    if (!queue.offer(call)) {
      dropped.increment();
    }
  }

  @Override
  public void answered(
      CallerId caller, ModelName model, List<Tensor> inputs, List<Tensor> outputs) {
    if (!sampler.admits(caller, model, ticker.nanos())) {
      return;
    }
    AnsweredRows rows = AnsweredRows.of(caller, model, inputs, outputs);
    long bytes = rows.bytes();
    if (heldBytes.getAndAdd(bytes) >= HELD_BYTES_MAX || !queue.offer(rows)) {
      heldBytes.addAndGet(-bytes);
      dropped.increment();
    }
  }

  /** Bytes of tensors that wait. */
  long heldBytes() {
    return heldBytes.get();
  }

  /** What was seen of a caller at its last reading; empty if it is not watched. */
  public Optional<CallerView> view(CallerId caller) {
    return lookout.view(caller);
  }

  /**
   * Makes these the callers that are not forgotten, whoever else comes, such as those that are
   * restricted or have a finding; soon, and those not watched yet once they are. Half as many as
   * may be watched: the first of these.
   */
  public void pin(Collection<CallerId> callers) {
    pinned = List.copyOf(callers);
  }

  /** Ends the thread; what waits is not looked at any more. */
  @Override
  public void close() {
    closing.countDown();
    try {
      boolean ignored = thread.join(CLOSE_WAIT_MAX);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      do {
        tick();
      } while (!closing.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes what waits, and goes on with the round; whatever happens. */
  void tick() {
    long now = ticker.nanos();
    try {
      drain(now);
      long lost = dropped.sum();
      if (lost > droppedTold) {
        board.observationsDropped(lost - droppedTold);
        droppedTold = lost;
      }
      sampler.adapt(now);
      lookout.goOn(pinned);
    } catch (RuntimeException | Error e) {
      faults.add("A round of the watch failed", e, now);
    }
  }

  /** At most as many as wait at once, so that rounds go on whatever comes. */
  private void drain(long now) {
    Instant at = clock.instant();
    for (int i = 0; i < OBSERVATIONS_MAX; i++) {
      Observation next = queue.poll();
      if (next == null) {
        return;
      }
      try {
        see(next, at, now);
      } catch (RuntimeException | Error e) {
        faults.add("An observation could not be used", e, now);
      }
    }
  }

  private void see(Observation next, Instant at, long now) {
    switch (next) {
      case EndedCall call -> lookout.see(call, at);
      case AnsweredRows rows -> {
        heldBytes.addAndGet(-rows.bytes());
        sampler.offered(lookout.see(rows, now));
      }
    }
  }
}
