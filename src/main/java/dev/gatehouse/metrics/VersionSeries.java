package dev.gatehouse.metrics;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.VersionId;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** The series of one version of a model, shared by all who have it open. */
final class VersionSeries {

  /**
   * A version as the labels name it.
   *
   * @param model the label {@code model}
   * @param version the label {@code version}
   */
  record Key(ModelName model, VersionId version) {}

  private final Key key;
  private final MeterRegistry registry;
  private final Tags tags;
  private final Series executions;
  private final Gauge canaryPercent;
  private final AtomicReferenceArray<@Nullable Series> requests =
      new AtomicReferenceArray<>(Outcome.COUNT);

  /** The queues of those who have it open, the latest last. */
  private final List<QueueState> queues = new CopyOnWriteArrayList<>();

  private final Gauge batchRowsLimit;
  private final Gauge inFlightRowsLimit;

  private volatile int percent;

  /** Guarded by {@code requests}. */
  private boolean closed;

  VersionSeries(Key key, MeterRegistry registry) {
    this.key = key;
    this.registry = registry;
    this.tags = Tags.of("model", key.model().value(), "version", key.version().value());
    this.executions = new Series(registry, CounterName.MODEL_EXECUTIONS, tags);
    this.batchRowsLimit =
        gauge("batch.rows.limit", "The most rows of a batch", QueueState::batchRowsLimit);
    this.inFlightRowsLimit =
        gauge("queue.rows.limit", "The most rows admitted at once", QueueState::inFlightRowsLimit);
    this.canaryPercent =
        Gauge.builder("gatehouse.canary.percent", () -> percent)
            .description("Share of the calls that name no version")
            .tags(tags)
            .register(registry);
    openRequests(Outcome.OK);
  }

  private Gauge gauge(String name, String description, ToLongFunction<QueueState> value) {
    return Gauge.builder("gatehouse." + name, () -> latest(value))
        .description(description)
        .tags(tags)
        .register(registry);
  }

  private long latest(ToLongFunction<QueueState> value) {
    long latest = 0;
    for (QueueState queue : queues) {
      latest = value.applyAsLong(queue);
    }
    return latest;
  }

  Key key() {
    return key;
  }

  /** Adds the queue of one more who has it open; under the lock of the table. */
  void use(QueueState queue) {
    queues.add(queue);
  }

  /** Gives up one use; returns whether it was the last. */
  boolean release(QueueState queue) {
    queues.remove(queue);
    return queues.isEmpty();
  }

  void addRequest(Outcome outcome) {
    Series series = requests.get(outcome.index());
    if (series == null) {
      series = openRequests(outcome);
    }
    if (series != null) {
      series.add(1);
    }
  }

  /** Shows the version's share as a canary. Versions without a label of their own have none. */
  void showCanary(int percent) {
    if (Labels.own(key.model().value())) {
      this.percent = percent;
    }
  }

  void addExecution() {
    executions.add(1);
  }

  /** Stops showing the series; what is added later is not shown anywhere. */
  void remove() {
    synchronized (requests) {
      closed = true;
      registry.remove(batchRowsLimit);
      registry.remove(inFlightRowsLimit);
      executions.remove();
      registry.remove(canaryPercent);
      for (int i = 0; i < Outcome.COUNT; i++) {
        Series series = requests.get(i);
        if (series != null) {
          series.remove();
        }
      }
    }
  }

  private @Nullable Series openRequests(Outcome outcome) {
    synchronized (requests) {
      Series series = requests.get(outcome.index());
      if (series == null && !closed) {
        series =
            new Series(registry, CounterName.MODEL_REQUESTS, tags.and("outcome", outcome.label()));
        requests.set(outcome.index(), series);
      }
      return series;
    }
  }
}
