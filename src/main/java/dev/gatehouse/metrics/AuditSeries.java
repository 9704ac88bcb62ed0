package dev.gatehouse.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The series of the record of uses: what was committed, and what runs unrecorded. */
final class AuditSeries {

  private static final Duration[] COMMIT_BUCKETS = {
    Duration.ofNanos(50_000),
    Duration.ofNanos(100_000),
    Duration.ofNanos(250_000),
    Duration.ofNanos(500_000),
    Duration.ofMillis(1),
    Duration.ofNanos(2_500_000),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofSeconds(1),
    Duration.ofSeconds(5)
  };

  private final Series unrecorded;
  private final Series commits;
  private final Series bytes;
  private final Timer durations;

  AuditSeries(MeterRegistry registry) {
    this.unrecorded = new Series(registry, CounterName.AUDIT_UNRECORDED, Tags.empty());
    this.commits = new Series(registry, CounterName.AUDIT_COMMITS, Tags.empty());
    this.bytes = new Series(registry, CounterName.AUDIT_JOURNAL_BYTES, Tags.empty());
    this.durations =
        Timer.builder("gatehouse.audit.commit.duration")
            .description("Time of writing and forcing the entries of one commit")
            .serviceLevelObjectives(COMMIT_BUCKETS)
            .register(registry);
  }

  void unrecorded() {
    unrecorded.add(1);
  }

  void committed(long byteCount, long nanos) {
    commits.add(1);
    bytes.add(byteCount);
    durations.record(nanos, TimeUnit.NANOSECONDS);
  }
}
