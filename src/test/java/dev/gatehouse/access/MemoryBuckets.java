package dev.gatehouse.access;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/** Shared buckets of the same library in the memory of a test, on its time. */
final class MemoryBuckets implements QuotaBuckets {

  /** When the ticker of the test reads zero. */
  static final Instant BEGIN = Instant.parse("2026-11-20T12:00:00Z");

  final AtomicInteger draws = new AtomicInteger();
  volatile boolean lost;

  private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();
  private final TimeMeter time;

  MemoryBuckets(LongSupplier nanos) {
    time =
        new TimeMeter() {
          @Override
          public long currentTimeNanos() {
            return Duration.between(Instant.EPOCH, BEGIN).toNanos() + nanos.getAsLong();
          }

          @Override
          public boolean isWallClockBased() {
            return true;
          }
        };
  }

  @Override
  public Draw draw(String name, QuotaLimit limit, long wanted) {
    draws.incrementAndGet();
    Bucket bucket = bucket(name, limit);
    long taken = bucket.tryConsumeAsMuchAsPossible(wanted);
    Instant now = now();
    return new Draw(
        taken,
        bucket.getAvailableTokens(),
        Duration.between(now, QuotaTable.midnight(now)).toNanos());
  }

  @Override
  public void giveBack(String name, QuotaLimit limit, long tokens) {
    bucket(name, limit).addTokens(tokens);
  }

  @Override
  public void removeExpired() {}

  /** What is left in a bucket. */
  long left(String name) {
    return Objects.requireNonNull(buckets.get(name)).getAvailableTokens();
  }

  void forget(String name) {
    buckets.remove(name);
  }

  private Instant now() {
    return Instant.EPOCH.plusNanos(time.currentTimeNanos());
  }

  private Bucket bucket(String name, QuotaLimit limit) {
    if (lost) {
      throw new IllegalStateException("the test has lost its buckets");
    }
    return buckets.computeIfAbsent(
        name,
        key ->
            Bucket.builder()
                .addLimit(QuotaTable.bandwidth(limit, now()))
                .withCustomTimePrecision(time)
                .build());
  }
}
