package dev.gatehouse.bench;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A histogram of times with a relative error below one percent, for any number of threads.
 *
 * <p>Log-linear: each power of two is divided into {@link #PARTS} buckets of equal width, as in
 * HdrHistogram (G. Tene).
 */
final class Latencies {

  private static final int PART_BITS = 7;

  /** Buckets of one power of two. */
  static final int PARTS = 1 << PART_BITS;

  private final AtomicLongArray counts = new AtomicLongArray((64 - PART_BITS) * PARTS);

  /** Counts one time; negative ones count as zero. */
  void record(long nanos) {
    counts.incrementAndGet(bucket(Math.max(0, nanos)));
  }

  private static int bucket(long nanos) {
    int power = Math.max(0, Long.SIZE - PART_BITS - 1 - Long.numberOfLeadingZeros(nanos | 1));
    return power * PARTS + (int) (nanos >>> power);
  }

  /** The middle of a bucket; buckets below {@link #PARTS} nanoseconds are exact. */
  private static double middle(int bucket) {
    int power = Math.max(0, bucket / PARTS - 1);
    long part = bucket - (long) power * PARTS;
    return (part + (power == 0 ? 0 : 0.5)) * (1L << power);
  }

  /** How many were counted. */
  long count() {
    long count = 0;
    for (int i = 0; i < counts.length(); i++) {
      count += counts.get(i);
    }
    return count;
  }

  /**
   * The time that this share of all times does not exceed, in microseconds; 0 if there is none.
   *
   * @param share above 0, at most 1
   */
  double quantileMicros(double share) {
    long rank = (long) Math.ceil(share * count());
    long seen = 0;
    for (int i = 0; i < counts.length(); i++) {
      seen += counts.get(i);
      if (seen >= rank && seen > 0) {
        return middle(i) / 1e3;
      }
    }
    return 0;
  }
}
