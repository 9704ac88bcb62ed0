package dev.gatehouse.access;

import dev.gatehouse.core.QuotaKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * One bucket of tokens that a quota makes: it is full at first, and refilled evenly up to its
 * capacity; or, for rows a day, filled up at 00:00 UTC.
 *
 * @param kind what a token stands for; anything but {@link QuotaKind#CONCURRENT}
 * @param capacity the most tokens
 * @param perSecond the tokens that are added each second; 0 for rows a day
 */
record QuotaLimit(QuotaKind kind, long capacity, long perSecond) {

  private static final double NANOS = 1e9;
  private static final long DAY_NANOS = Duration.ofDays(1).toNanos();

  /** The buckets of {@code quota}, in the order in which they are asked. */
  static List<QuotaLimit> of(Quota quota) {
    List<QuotaLimit> limits = new ArrayList<>(3);
    if (quota.callsPerSecond() > 0) {
      int burst = quota.callsBurst() > 0 ? quota.callsBurst() : quota.callsPerSecond();
      limits.add(new QuotaLimit(QuotaKind.CALLS, burst, quota.callsPerSecond()));
    }
    if (quota.rowsPerSecond() > 0) {
      limits.add(new QuotaLimit(QuotaKind.ROWS, quota.rowsPerSecond(), quota.rowsPerSecond()));
    }
    if (quota.rowsPerDay() > 0) {
      limits.add(new QuotaLimit(QuotaKind.ROWS_DAY, quota.rowsPerDay(), 0));
    }
    return limits;
  }

  /** Whether it is filled up at midnight instead of evenly. */
  boolean daily() {
    return perSecond == 0;
  }

  /** The tokens that a call of {@code rows} rows takes. */
  long tokens(int rows) {
    return kind == QuotaKind.CALLS ? 1 : rows;
  }

  /**
   * The tokens in a bucket that held {@code left} so long ago, if nobody took any since.
   *
   * @param refillNanos from then until the bucket is filled up; counts for rows a day only
   */
  long refilled(long left, long elapsedNanos, long refillNanos) {
    if (daily()) {
      return elapsedNanos >= refillNanos ? capacity : left;
    }
    double added = Math.max(0, elapsedNanos) / NANOS * perSecond;
    return (long) Math.min(capacity, left + Math.floor(added));
  }

  /** The nanoseconds until a bucket has {@code missing} tokens more, if nobody takes any. */
  long nanosToRefill(long missing, long refillNanos) {
    return daily() ? refillNanos : (long) Math.ceil(missing / (double) perSecond * NANOS);
  }

  /** The time in which it fills up once, in seconds. */
  long windowSeconds() {
    return daily() ? DAY_NANOS / (long) NANOS : Math.ceilDiv(capacity, perSecond);
  }

  /** Its name in the database: what distinguishes it from those of other grants and quotas. */
  String bucket(String grant) {
    return grant + "/" + kind.label() + ":" + capacity + ":" + perSecond;
  }

  /** What it allows, in words. */
  String words() {
    return switch (kind) {
      case CALLS -> perSecond + " calls a second, and " + capacity + " at once,";
      case ROWS -> capacity + " rows a second";
      case ROWS_DAY -> capacity + " rows a day";
      case CONCURRENT -> throw new IllegalStateException("calls in flight have no bucket");
    };
  }
}
