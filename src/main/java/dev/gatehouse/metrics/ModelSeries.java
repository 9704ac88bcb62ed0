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
import java.util.function.ToLongFunction;

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
  private static final Drop[] DROPS = Drop.values();

  private final ModelName model;
  private final MeterRegistry registry;
  private final Timer[] phases = new Timer[PHASES.length];
  private final DistributionSummary batchRows;
  private final List<Gauge> gauges;
  private final Series[] drops = new Series[DROPS.length];
  private final Series retries;
  private final Series penalties;
  private final Series memoryExhausted;
  private final Series paddedRows;

  /** The queues of the open versions: one each. */
  private final List<QueueState> queues = new CopyOnWriteArrayList<>();

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
    gauges =
        List.of(
            gauge("queue.pending.rows", "Rows waiting for a device", QueueState::pendingRows),
            gauge(
                "queue.reserved.rows", "Rows admitted, not yet answered", QueueState::reservedRows),
            gauge(
                "queue.reserved.calls",
                "Calls admitted, not yet answered",
                QueueState::reservedCalls),
            gauge(
                "queue.reserved.bytes",
                "Bytes admitted, not yet answered",
                QueueState::reservedBytes),
            gauge(
                "queue.penalised.callers",
                "Callers whose rows run alone",
                QueueState::penalisedCallers),
            gauge("model.instances", "Instances that can run", QueueState::usableInstances));
    for (Drop drop : DROPS) {
      drops[drop.ordinal()] =
          new Series(registry, CounterName.QUEUE_DROPPED, tags.and("reason", drop.name()));
    }
    retries = new Series(registry, CounterName.CALLS_RETRIED, tags);
    penalties = new Series(registry, CounterName.CALLER_PENALTIES, tags);
    memoryExhausted = new Series(registry, CounterName.MEMORY_EXHAUSTED, tags);
    paddedRows = new Series(registry, CounterName.ROWS_PADDED, tags);
  }

  ModelName model() {
    return model;
  }

  /** Adds the queue of one more version; under the lock of the table. */
  void use(QueueState queue) {
    queues.add(queue);
  }

  /** Takes the queue of a version away; returns whether it was the last. */
  boolean release(QueueState queue) {
    queues.remove(queue);
    return queues.isEmpty();
  }

  void recordPhase(Phase phase, long nanos) {
    phases[phase.ordinal()].record(nanos, TimeUnit.NANOSECONDS);
  }

  void recordBatch(int rows) {
    batchRows.record(rows);
  }

  void addDrop(Drop reason) {
    drops[reason.ordinal()].add(1);
  }

  void addRetries(int calls) {
    retries.add(calls);
  }

  void addPenalty() {
    penalties.add(1);
  }

  void addMemoryExhausted() {
    memoryExhausted.add(1);
  }

  void addPaddedRows(int rows) {
    paddedRows.add(rows);
  }

  /** Stops showing the series. */
  void remove() {
    for (Timer timer : phases) {
      registry.remove(timer);
    }
    registry.remove(batchRows);
    gauges.forEach(registry::remove);
    for (Series drop : drops) {
      drop.remove();
    }
    retries.remove();
    penalties.remove();
    memoryExhausted.remove();
    paddedRows.remove();
  }

  /** Shows the sum over the open versions. */
  private Gauge gauge(String name, String description, ToLongFunction<QueueState> value) {
    return Gauge.builder("gatehouse." + name, () -> sum(value))
        .description(description)
        .tags("model", model.value())
        .register(registry);
  }

  private long sum(ToLongFunction<QueueState> value) {
    long sum = 0;
    for (QueueState queue : queues) {
      sum += value.applyAsLong(queue);
    }
    return sum;
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
