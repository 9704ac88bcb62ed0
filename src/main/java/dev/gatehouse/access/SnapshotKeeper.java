package dev.gatehouse.access;

import dev.gatehouse.core.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the latest snapshot and knows how old it is.
 *
 * <p>One thread does all loading, so that a later load never loses to an earlier one that took
 * longer. Its age counts from the moment its load began. A failed load leaves the snapshot as it
 * is, to grow old.
 */
final class SnapshotKeeper implements AutoCloseable {

  /** How long {@link #refresh()} waits for the database. */
  static final Duration REFRESH_WAIT_MAX = Duration.ofSeconds(5);

  /** The age of what was never loaded. */
  static final Duration NEVER = Duration.ofNanos(Long.MAX_VALUE);

  private static final Logger LOG = Logger.getLogger(SnapshotKeeper.class);

  private final SnapshotSource source;
  private final Ticker ticker;
  private final Duration interval;
  private final Duration ageMax;
  private final ScheduledExecutorService loader =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("access-snapshot").factory());
  private final AtomicReference<@Nullable Loaded> latest = new AtomicReference<>();

  /** The load that has been asked for and has not begun; later requests join it. */
  private final AtomicReference<@Nullable CompletableFuture<Void>> queued = new AtomicReference<>();

  /** Called by the loader thread after a snapshot was published that is another one. */
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  /** Written by the loader thread only; whether the last load failed, so that it is logged once. */
  private boolean failing;

  private record Loaded(AccessSnapshot snapshot, long beganNanos) {}

  SnapshotKeeper(SnapshotSource source, Ticker ticker, Duration interval, Duration ageMax) {
    this.source = source;
    this.ticker = ticker;
    this.interval = interval;
    this.ageMax = ageMax;
  }

  /** Loads at once, waiting for it, and then again and again. */
  void start() {
    refresh();
    loader.scheduleWithFixedDelay(
        this::load, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Ends the thread; the snapshot grows old from now on. */
  @Override
  public void close() {
    loader.shutdownNow();
  }

  /**
   * Waits, at most {@link #REFRESH_WAIT_MAX}, for a load that begins after this call; returns
   * whether it succeeded.
   */
  boolean refresh() {
    CompletableFuture<Void> waiting = request();
    if (waiting == null) {
      return false;
    }
    try {
      waiting.get(REFRESH_WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (ExecutionException | TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * Asks for a load that begins after this call, without waiting for it; whoever asks before it
   * begins shares it. Null if this is closed.
   */
  @Nullable CompletableFuture<Void> request() {
    CompletableFuture<Void> mine = new CompletableFuture<>();
    CompletableFuture<Void> waiting = queued.compareAndExchange(null, mine);
    if (waiting != null) {
      return waiting;
    }
    try {
      loader.execute(() -> loadFor(mine));
      return mine;
    } catch (RejectedExecutionException e) {
      queued.set(null);
      return null;
    }
  }

  /**
   * Has {@code listener} called whenever another snapshot decides, after it does; on the thread
   * that loads, so it returns at once.
   */
  void onChange(Runnable listener) {
    listeners.add(listener);
  }

  /** The snapshot, or null if there is none young enough to decide by. */
  @Nullable AccessSnapshot fresh() {
    Loaded loaded = latest.get();
    if (loaded == null || ticker.nanos() - loaded.beganNanos() > ageMax.toNanos()) {
      return null;
    }
    return loaded.snapshot();
  }

  /** The last snapshot, however old, or null if there never was one; nothing is decided by it. */
  @Nullable AccessSnapshot latest() {
    Loaded loaded = latest.get();
    return loaded == null ? null : loaded.snapshot();
  }

  /** How long ago the load of the snapshot began; {@link #NEVER} if nothing was loaded. */
  Duration age() {
    Loaded loaded = latest.get();
    return loaded == null ? NEVER : Duration.ofNanos(ticker.nanos() - loaded.beganNanos());
  }

  private void loadFor(CompletableFuture<Void> request) {
    // Before loading: a request that comes while it runs may have a change that it does not see.
    queued.set(null);
    if (load()) {
      request.complete(null);
    } else {
      request.completeExceptionally(new IllegalStateException("load failed"));
    }
  }

  private boolean load() {
    long began = ticker.nanos();
    try {
      Loaded loaded = latest.get();
      AccessSnapshot previous = loaded == null ? AccessSnapshot.EMPTY : loaded.snapshot();
      AccessSnapshot loadedNow = source.load(previous);
      latest.set(new Loaded(loadedNow, began));
      if (loadedNow != previous) {
        tell();
      }
      if (failing) {
        LOG.info("Registrations and grants are being read from the database again");
      }
      failing = false;
      return true;
    } catch (RuntimeException | Error e) {
      if (!failing) {
        LOG.warnf(e, "Cannot read registrations and grants; the last ones serve for %s", ageMax);
      }
      failing = true;
      return false;
    }
  }

  private void tell() {
    for (Runnable listener : listeners) {
      try {
        listener.run();
      } catch (RuntimeException | Error e) {
        LOG.errorf(e, "whoever was to hear of new registrations and grants failed");
      }
    }
  }
}
