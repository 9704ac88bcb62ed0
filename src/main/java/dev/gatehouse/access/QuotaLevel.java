package dev.gatehouse.access;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of one bucket that this replica holds, and what it knows of those it does not.
 *
 * <p>Any thread takes and puts back, without a lock. It never holds more than its lease: that is
 * what bounds how much all replicas together can grant beyond the bucket.
 */
final class QuotaLevel {

  /**
   * How long a bucket that was found spent is not asked again at least, so that one which is
   * refilled quickly is not asked for every token.
   */
  static final Duration PAUSE = Duration.ofMillis(20);

  /**
   * How long it is believed at most that a bucket is spent; others may have put tokens back since,
   * or the grant may have been made anew under its old name.
   */
  static final Duration SPENT_AGE_MAX = Duration.ofMinutes(1);

  private final QuotaLimit limit;
  private final String bucket;
  private final long lease;
  private final AtomicLong tokens = new AtomicLong();

  /** Tokens that found no place here and belong back in the bucket; nobody can spend them. */
  private final AtomicLong surplus = new AtomicLong();

  private volatile @Nullable Look look;

  /** What the bucket held when it was last asked. */
  private record Look(long left, long refillNanos, long atNanos) {}

  QuotaLevel(QuotaLimit limit, String bucket, long lease) {
    this.limit = limit;
    this.bucket = bucket;
    this.lease = lease;
  }

  QuotaLimit limit() {
    return limit;
  }

  String bucket() {
    return bucket;
  }

  /** The most tokens it holds. */
  long lease() {
    return lease;
  }

  /** The tokens it holds. */
  long held() {
    return tokens.get();
  }

  /** Takes {@code wanted} tokens or none; whether it did. */
  boolean take(long wanted) {
    long held = tokens.get();
    while (held >= wanted) {
      long seen = tokens.compareAndExchange(held, held - wanted);
      if (seen == held) {
        return true;
      }
      held = seen;
    }
    return false;
  }

  /**
   * Puts tokens back that were taken; those that find no place are kept apart for the bucket.
   * Returns whether there are such.
   */
  boolean putBack(long unused) {
    long over = fill(unused);
    if (over > 0) {
      surplus.addAndGet(over);
    }
    return over > 0;
  }

  /** Whether tokens are kept apart for the bucket. */
  boolean over() {
    return surplus.get() > 0;
  }

  /** Adds tokens up to the lease, and returns those that find no place. */
  long fill(long fresh) {
    long held = tokens.get();
    while (true) {
      long filled = Math.min(lease, held + fresh);
      long seen = tokens.compareAndExchange(held, filled);
      if (seen == held) {
        return fresh - (filled - held);
      }
      held = seen;
    }
  }

  /** Takes what found no place. */
  long takeSurplus() {
    return surplus.get() == 0 ? 0 : surplus.getAndSet(0);
  }

  /** Takes everything. */
  long drain() {
    return tokens.getAndSet(0) + takeSurplus();
  }

  /** Remembers what the bucket held at {@code nowNanos}. */
  void saw(QuotaBuckets.Draw draw, long nowNanos) {
    look = new Look(draw.left(), draw.refillNanos(), nowNanos);
  }

  /** Remembers that {@code unused} tokens were put back in the bucket since it was last asked. */
  void gaveBack(long unused) {
    Look last = look;
    if (last != null) {
      look = new Look(last.left() + unused, last.refillNanos(), last.atNanos());
    }
  }

  /** Whether so little is left here that more should be fetched, and there may be some. */
  boolean low(long nowNanos) {
    return tokens.get() <= lease / 2 && !spent(1, nowNanos);
  }

  /** Whether the bucket is known not to have what is missing here for {@code wanted} tokens. */
  boolean spent(long wanted, long nowNanos) {
    Look last = look;
    return last != null
        && nowNanos - last.atNanos() < SPENT_AGE_MAX.toNanos()
        && nanosUntil(wanted, nowNanos) > 0;
  }

  /** In how many nanoseconds there may be {@code wanted} tokens; 0 if it may be now. */
  long nanosUntil(long wanted, long nowNanos) {
    Look last = look;
    if (last == null) {
      return 0;
    }
    long missing = wanted - tokens.get() - last.left();
    if (missing <= 0) {
      return 0;
    }
    long due = limit.nanosToRefill(missing, last.refillNanos());
    return Math.max(0, last.atNanos() + Math.max(due, PAUSE.toNanos()) - nowNanos);
  }

  /** What is left here and, as far as it is known, in the bucket. */
  QuotaStanding.Part standing(long nowNanos) {
    Look last = look;
    long left =
        last == null
            ? limit.capacity()
            : tokens.get() + limit.refilled(last.left(), sinceNanos(last, nowNanos), refill(last));
    return new QuotaStanding.Part(
        limit.kind(),
        limit.capacity(),
        limit.windowSeconds(),
        Math.clamp(left, 0, limit.capacity()),
        seconds(resetNanos(last, nowNanos)));
  }

  /** For rows a day until midnight; else until there is a token more than there is now. */
  private long resetNanos(@Nullable Look last, long nowNanos) {
    if (limit.daily()) {
      long elapsed = last == null ? 0 : sinceNanos(last, nowNanos);
      return Math.max(0, last == null ? 0 : refill(last) - elapsed);
    }
    return Math.max(limit.nanosToRefill(1, 0), nanosUntil(1, nowNanos));
  }

  private static long sinceNanos(Look last, long nowNanos) {
    return nowNanos - last.atNanos();
  }

  private static long refill(Look last) {
    return last.refillNanos();
  }

  private static long seconds(long nanos) {
    return Math.ceilDiv(nanos, Duration.ofSeconds(1).toNanos());
  }
}
