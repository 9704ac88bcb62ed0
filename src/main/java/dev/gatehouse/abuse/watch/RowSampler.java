package dev.gatehouse.abuse.watch;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.random.RandomGenerator;

/**
 * Says of which answered calls rows are looked at: of each pair of caller and model one call in an
 * interval, whatever others do. The interval is such that about {@link
 * WatchSettings#rowsPerSecondMax} rows are offered in total; how long it lasts in each case is
 * drawn, so that nobody can tell which call is looked at.
 *
 * <p>Pairs share {@link #SLOTS} slots by a hash under a salt that changes every {@link
 * #SALT_NANOS}: two pairs that meet in a slot, of which the busy one could hide the other, part
 * soon. Any thread asks, without a lock; the thread of the watch adapts.
 */
final class RowSampler {

  /** Places of pairs; 128 KiB. */
  static final int SLOTS = 1 << 14;

  /** How long two pairs may share a slot: 30 s. */
  static final long SALT_NANOS = 30_000_000_000L;

  /** How often the interval is adapted: every 100 ms. */
  static final long ADAPT_NANOS = 100_000_000L;

  /** The longest interval: 10 s. */
  static final long INTERVAL_NANOS_MAX = 10_000_000_000L;

  private static final double NANOS_PER_SECOND = 1e9;

  /** What is aimed at, of the most, so that the most is seldom met. */
  private static final double AIM = 0.8;

  private static final double SLOWER_MAX = 4;
  private static final double FASTER_MAX = 1.25;
  private static final int SLOT_SHIFT = Long.SIZE - Integer.numberOfTrailingZeros(SLOTS);

  private final int rowsPerSecondMax;
  private final RandomGenerator salts;

  /** From when on a call is admitted, by the ticker. */
  private final AtomicLongArray next = new AtomicLongArray(SLOTS);

  private volatile long salt;
  private volatile long intervalNanos;

  /** Used by the thread of the watch alone, as what follows. */
  private long adaptedNanos;

  private long saltedNanos;
  private long offered;

  RowSampler(int rowsPerSecondMax, RandomGenerator salts, long nowNanos) {
    this.rowsPerSecondMax = rowsPerSecondMax;
    this.salts = salts;
    this.salt = salts.nextLong();
    this.intervalNanos = intervalNanosMin();
    this.adaptedNanos = nowNanos;
    this.saltedNanos = nowNanos;
    for (int i = 0; i < SLOTS; i++) {
      next.set(i, nowNanos);
    }
  }

  /** That of a single pair alone, with calls of one row. */
  private long intervalNanosMin() {
    return (long) (NANOS_PER_SECOND / rowsPerSecondMax);
  }

  /** Whether rows of this call are looked at. */
  boolean admits(CallerId caller, ModelName model, long nowNanos) {
    int slot = slot(caller, model);
    long from = next.get(slot);
    if (nowNanos - from < 0) {
      return false;
    }
    long interval = intervalNanos;
    long drawn = interval / 2 + ThreadLocalRandom.current().nextLong(interval + 1);
    return next.compareAndSet(slot, from, nowNanos + drawn);
  }

  private int slot(CallerId caller, ModelName model) {
    long hash =
        salt
            ^ (caller.value().hashCode() * 0x9E3779B97F4A7C15L)
            ^ (model.value().hashCode() * 0xC2B2AE3D27D4EB4FL);
    hash = (hash ^ (hash >>> 32)) * 0xD6E8FEB86659FD93L;
    hash = (hash ^ (hash >>> 32)) * 0xD6E8FEB86659FD93L;
    return (int) (hash >>> SLOT_SHIFT);
  }

  /** So many rows came of calls that were admitted; wide ones count for more. */
  void offered(long rows) {
    offered += rows;
  }

  /** Lengthens or shortens the interval, as more or less rows come than are wanted. */
  void adapt(long nowNanos) {
    long elapsed = nowNanos - adaptedNanos;
    if (elapsed < ADAPT_NANOS) {
      return;
    }
    double aim = AIM * rowsPerSecondMax * elapsed / NANOS_PER_SECOND;
    double longer = Math.clamp(offered / aim, 1 / FASTER_MAX, SLOWER_MAX);
    intervalNanos =
        Math.clamp((long) (intervalNanos * longer), intervalNanosMin(), INTERVAL_NANOS_MAX);
    offered = 0;
    adaptedNanos = nowNanos;
    if (nowNanos - saltedNanos >= SALT_NANOS) {
      saltedNanos = nowNanos;
      salt = salts.nextLong();
    }
  }

  /** The mean time between two calls of a pair that are looked at. */
  long intervalNanos() {
    return intervalNanos;
  }
}
