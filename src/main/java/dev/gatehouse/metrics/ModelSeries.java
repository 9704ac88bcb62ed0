package dev.gatehouse.metrics;

import dev.gatehouse.core.ModelName;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * The series of one model over all its versions, shared while an old version drains and a new one
 * already answers.
 */
final class ModelSeries {

  /** From the time of a copy of a few rows to that of a batch of a large model. */
  private static final Duration[] PHASE_BUCKETS =
      micros(
          50,
          100,
          250,
          500,
          1_000,
          2_500,
          5_000,
          10_000,
          25_000,
          50_000,
          100_000,
          250_000,
          500_000,
          1_000_000,
          2_500_000,
          5_000_000,
          10_000_000,
          30_000_000);

  private static final double[] ROW_BUCKETS = {
    1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096
  };

  private static final Phase[] PHASES = Phase.values();

  private final ModelName model;
  private final MeterRegistry registry;
  private final Timer[] phases = new Timer[PHASES.length];
  private final DistributionSummary batchRows;
  private final Gauge pendingRows;

  /** The queues of the open versions: one each. */
  private final List<IntSupplier> queues = new CopyOnWriteArrayList<>();

  ModelSeries(ModelName model, MeterRegistry registry) {
    this.model = model;
    this.registry = registry;
    Tags tags = Tags.of("model", model.value());
    for (Phase phase : PHASES) {
      phases[phase.ordinal()] = timer(tags, phase);
    }
    batchRows =
        DistributionSummary.builder("gatehouse.batch.rows")
            .description("Rows in a batch that ran")
            .tags(tags)
            .serviceLevelObjectives(ROW_BUCKETS)
            .register(registry);
    pendingRows =
        Gauge.builder("gatehouse.queue.pending.rows", this, ModelSeries::pendingRows)
            .description("Rows waiting for a device")
            .tags(tags)
            .register(registry);
  }

  ModelName model() {
    return model;
  }

  /** Adds the queue of one more version; under the lock of the table. */
  void use(IntSupplier queue) {
    queues.add(queue);
  }

  /** Takes the queue of a version away; returns whether it was the last. */
  boolean release(IntSupplier queue) {
    queues.remove(queue);
    return queues.isEmpty();
  }

  void recordPhase(Phase phase, long nanos) {
    phases[phase.ordinal()].record(nanos, TimeUnit.NANOSECONDS);
  }

  void recordBatch(int rows) {
    batchRows.record(rows);
  }

  /** Stops showing the series. */
  void remove() {
    for (Timer timer : phases) {
      registry.remove(timer);
    }
    registry.remove(batchRows);
    registry.remove(pendingRows);
  }

  private double pendingRows() {
    long rows = 0;
    for (IntSupplier queue : queues) {
      rows += queue.getAsInt();
    }
    return rows;
  }

  private Timer timer(Tags tags, Phase phase) {
    return Timer.builder("gatehouse.model.phase.duration")
        .description("Time of the phases of a batch")
        .tags(tags.and("phase", phase.name().toLowerCase(Locale.ROOT)))
        .serviceLevelObjectives(PHASE_BUCKETS)
        .register(registry);
  }

  private static Duration[] micros(long... micros) {
    Duration[] durations = new Duration[micros.length];
    for (int i = 0; i < micros.length; i++) {
      durations[i] = Duration.of(micros[i], ChronoUnit.MICROS);
    }
    return durations;
  }
}
