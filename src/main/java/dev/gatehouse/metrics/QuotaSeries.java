package dev.gatehouse.metrics;

import dev.gatehouse.core.QuotaKind;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The series of quotas: refusals by kind, and how asking the shared buckets goes. */
final class QuotaSeries {

  private static final QuotaKind[] KINDS = QuotaKind.values();

  private static final Duration[] LEASE_BUCKETS = {
    Duration.ofMillis(1),
    Duration.ofMillis(2),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofSeconds(5)
  };

  private final Series[] refusals = new Series[KINDS.length];
  private final Series failures;
  private final Timer leases;

  QuotaSeries(MeterRegistry registry) {
    for (QuotaKind kind : KINDS) {
      refusals[kind.ordinal()] =
          new Series(registry, CounterName.QUOTA_REFUSALS, Tags.of("quota", kind.label()));
    }
    failures = new Series(registry, CounterName.QUOTA_LEASE_FAILURES, Tags.empty());
    leases =
        Timer.builder("gatehouse.quota.lease.duration")
            .description("Time of one exchange with the shared buckets of quotas")
            .serviceLevelObjectives(LEASE_BUCKETS)
            .register(registry);
  }

  void refused(QuotaKind kind) {
    refusals[kind.ordinal()].add(1);
  }

  void leaseEnded(long nanos, boolean failed) {
    leases.record(nanos, TimeUnit.NANOSECONDS);
    if (failed) {
      failures.add(1);
    }
  }
}
