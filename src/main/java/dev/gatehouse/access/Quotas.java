package dev.gatehouse.access;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Ticker;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a grant has quota left for a call, over all replicas.
 *
 * <p><b>How.</b> The tokens of a grant's quotas lie in buckets in the database. Each replica has a
 * tank for each grant that is in use, which it fills from the buckets in the background, and calls
 * take from the tank without a lock. A tank holds at most a lease of each quota: {@link
 * QuotaSettings#leasePercent} of its bucket, rounded up. A call that finds too little waits,
 * without a thread, for the tokens that are fetched for it, unless the bucket is known to be spent:
 * then it is refused at once. Nothing is granted that was not taken from a bucket before.
 *
 * <p><b>How much can be granted.</b> Let a bucket hold {@code C} tokens and be refilled with {@code
 * r} a second, let {@code N} replicas hold at most {@code L} each, and let a question take {@code
 * d} at most. What lies in the bucket, in the tanks, and in the hands of those who fetch is what
 * can be granted at all. Granting a call makes it less, fetching and giving back leave it as it is,
 * and only the refill makes it more, by {@code r} a second at most. In the bucket and in hands
 * there are at most {@code C + r·d} tokens, since what is in hands left the bucket no longer than
 * {@code d} ago, and in the tanks {@code N·L}. So in any time {@code w} at most {@code C + r·(w +
 * d) + N·L} is granted: beyond the bucket no more than the leases of all replicas. From when the
 * grant was made, when everything lay in the bucket, it is {@code C + r·w} and no more. Of rows a
 * day, at most {@code C + N·L} are granted between two midnights.
 *
 * <p><b>How little.</b> What a replica holds others cannot have; a tank that is not used for {@link
 * #IDLE_MAX} gives its tokens back, as all do when the gateway stops. Of a replica that is killed
 * they are lost: a lease of each quota.
 *
 * <p>Calls in flight are counted on each replica alone.
 */
@Singleton
public final class Quotas {

  /** The most grants with quotas that are in use at once; calls under more are refused. */
  static final int TANKS_MAX = 65_536;

  /** How long a call waits for tokens at most. */
  static final Duration WAIT_MAX = Duration.ofSeconds(1);

  /** How long a tank is kept that nobody uses. */
  static final Duration IDLE_MAX = Duration.ofSeconds(10);

  /** The most threads that ask the database at once. */
  static final int THREADS_MAX = 4;

  private static final Logger LOG = Logger.getLogger(Quotas.class);
  private static final Duration SWEEP_INTERVAL = Duration.ofMillis(50);
  private static final Duration CLEAN_INTERVAL = Duration.ofMinutes(5);
  private static final Duration STOP_WAIT = Duration.ofSeconds(2);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final QuotaSettings settings;
  private final Ticker ticker;
  private final QuotaLeasing leasing;
  private final ExecutorService threads;
  private final ConcurrentMap<QuotaTank.Key, QuotaTank> tanks = new ConcurrentHashMap<>();
  private final AtomicInteger tankCount = new AtomicInteger();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("quota-timer").factory());
  private volatile LeaseListener listener = (nanos, failed) -> {};
  private volatile boolean stopped;

  /** Hears how asking the shared buckets went; on a thread of the room, so it returns at once. */
  @FunctionalInterface
  public interface LeaseListener {
    /** A tank was filled, or could not be, which took {@code nanos}. */
    void leaseEnded(long nanos, boolean failed);
  }

  /** The quotas whose buckets are in {@code database}; {@link #start} sets them going. */
  @Inject
  public Quotas(DataSource database, QuotaSettings settings, Ticker ticker) {
    this(
        new QuotaTable(database, ticker),
        settings,
        ticker,
        Executors.newFixedThreadPool(
            THREADS_MAX, Thread.ofPlatform().daemon().name("quota-", 0).factory()));
  }

  Quotas(QuotaBuckets buckets, QuotaSettings settings, Ticker ticker, ExecutorService threads) {
    this.settings = settings;
    this.ticker = ticker;
    this.leasing =
        new QuotaLeasing(buckets, ticker, (nanos, failed) -> listener.leaseEnded(nanos, failed));
    this.threads = threads;
  }

  /** Starts the room's clockwork; {@code told} hears of every question to the shared buckets. */
  public void start(LeaseListener told) {
    listener = told;
    every(SWEEP_INTERVAL, this::sweep);
    every(CLEAN_INTERVAL, () -> threads.execute(leasing::clean));
  }

  private void every(Duration interval, Runnable work) {
    timer.scheduleWithFixedDelay(
        () -> {
          try {
            work.run();
          } catch (RuntimeException | Error e) {
            LOG.error("the upkeep of quotas failed; it goes on", e);
          }
        },
        interval.toMillis(),
        interval.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  /**
   * Gives back what the tanks hold, waiting for the database a few seconds at most, and ends the
   * room's threads. From now on only what tanks of calls in flight hold can be taken.
   */
  @PreDestroy
  public void stop() {
    stopped = true;
    timer.shutdownNow();
    tanks.values().forEach(this::ask);
    threads.shutdown();
    try {
      if (!threads.awaitTermination(STOP_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Takes what a call needs of the quotas of its grant; to be asked once the call is allowed and
   * checked. Does not block.
   *
   * <p>Refusals: {@code QUOTA_EXHAUSTED}; {@code DEPENDENCY_LOST} if nothing is left here and the
   * database does not say whether there is more; {@code QUEUE_FULL} if more than {@link #TANKS_MAX}
   * grants are in use.
   *
   * @param quota what {@code grant} has, not {@link Quota#none}
   * @param rows the rows of the call, at least 1
   * @param deadline until when it waits if it has to, and not longer than {@link #WAIT_MAX}
   */
  public QuotaAnswer take(
      ModelName model, GrantId grant, Quota quota, int rows, Deadline deadline) {
    long now = ticker.nanos();
    QuotaTank tank = enter(new QuotaTank.Key(model, grant), quota, now);
    if (tank == null) {
      return new QuotaAnswer.Refused(new Refusal.QueueFull(RETRY_AFTER), null, null);
    }
    try {
      QuotaLevel lacking = tank.take(rows);
      QuotaAnswer answer =
          lacking == null ? tank.fly(rows, now) : queue(tank, lacking, rows, deadline, now);
      if (tank.low(now) && !tank.lost(now, WAIT_MAX)) {
        ask(tank);
      }
      return answer;
    } finally {
      tank.exit();
    }
  }

  private QuotaAnswer queue(
      QuotaTank tank, QuotaLevel lacking, int rows, Deadline deadline, long now) {
    QuotaAnswer.Refused hopeless = tank.hopeless(lacking, rows, now);
    if (hopeless != null) {
      return hopeless;
    }
    if (stopped || tank.lost(now, WAIT_MAX)) {
      return QuotaLeasing.lost(tank, now);
    }
    QuotaWait wait = new QuotaWait(rows, deadline, now + WAIT_MAX.toNanos());
    if (!tank.await(wait)) {
      return tank.crowded(lacking, now);
    }
    ask(tank);
    return wait;
  }

  /** The tank of a grant, in use; null if there are too many. */
  private @Nullable QuotaTank enter(QuotaTank.Key key, Quota quota, long now) {
    while (true) {
      QuotaTank tank = tanks.get(key);
      if (tank == null) {
        if (tankCount.incrementAndGet() > TANKS_MAX) {
          tankCount.decrementAndGet();
          return null;
        }
        if (tanks.putIfAbsent(key, new QuotaTank(key, quota, settings, this::ask, now)) != null) {
          tankCount.decrementAndGet();
        }
      } else if (!tank.quota().equals(quota)) {
        // Another grant of the same name: what the old one had is not for it.
        if (tanks.remove(key, tank)) {
          retire(tank);
        }
      } else if (tank.enter(now)) {
        return tank;
      } else {
        // It is being closed, and will be gone from the table.
        Thread.onSpinWait();
      }
    }
  }

  private void ask(QuotaTank tank) {
    if (tank.ask(ticker.nanos())) {
      run(tank);
    }
  }

  private void run(QuotaTank tank) {
    try {
      threads.execute(() -> lease(tank));
    } catch (RejectedExecutionException e) {
      // Stopping: whoever waits is told so by the same thread that has just asked.
      tank.takeWaiting().forEach(call -> settleLost(tank, call));
    }
  }

  private void settleLost(QuotaTank tank, QuotaWait call) {
    boolean ignored = call.settle(QuotaLeasing.lost(tank, ticker.nanos()));
  }

  /** One thread at a time works on a tank, so that nothing is put in one that gives back. */
  private void lease(QuotaTank tank) {
    boolean again = true;
    while (again) {
      int asked = tank.asked();
      try {
        if (stopped || tank.retired()) {
          leasing.giveBack(tank);
        } else {
          leasing.lease(tank);
        }
      } catch (RuntimeException | Error e) {
        LOG.errorf(e, "a lease of quotas failed");
      } finally {
        again = tank.answered(asked, ticker.nanos());
      }
      if (again && !stopped) {
        // Others are waiting for this thread too.
        run(tank);
        again = false;
      }
    }
  }

  /** Refuses calls that have waited too long, and drops tanks that nobody uses. */
  void sweep() {
    long now = ticker.nanos();
    for (QuotaTank tank : tanks.values()) {
      if (tank.waitingCount() > 0) {
        tank.expireWaiting(now, QuotaLeasing.lost(tank, now));
      }
    }
    drop(now - IDLE_MAX.toNanos());
  }

  /** Drops the tanks that nobody has used since {@code sinceNanos}. */
  private void drop(long sinceNanos) {
    for (QuotaTank.Key key : tanks.keySet()) {
      tanks.computeIfPresent(
          key,
          (same, tank) -> {
            if (!tank.close(sinceNanos)) {
              return tank;
            }
            retire(tank);
            return null;
          });
    }
  }

  /** Has a tank that is in the table no more give back what it holds. */
  private void retire(QuotaTank tank) {
    tankCount.decrementAndGet();
    tank.retire();
    ask(tank);
  }

  /** How many grants are in use. */
  int tankCount() {
    return tankCount.get();
  }
}
