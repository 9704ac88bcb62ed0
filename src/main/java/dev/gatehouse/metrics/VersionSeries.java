package dev.gatehouse.metrics;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.VersionId;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.concurrent.atomic.AtomicReferenceArray;
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
  private final AtomicReferenceArray<@Nullable Series> requests =
      new AtomicReferenceArray<>(Outcome.COUNT);

  /** How many have it open; guarded by the lock of the table. */
  private int users;

  /** Guarded by {@code requests}. */
  private boolean closed;

  VersionSeries(Key key, MeterRegistry registry) {
    this.key = key;
    this.registry = registry;
    this.tags = Tags.of("model", key.model().value(), "version", key.version().value());
    this.executions = new Series(registry, CounterName.MODEL_EXECUTIONS, tags);
    openRequests(Outcome.OK);
  }

  Key key() {
    return key;
  }

  void use() {
    users++;
  }

  /** Gives up one use; returns whether it was the last. */
  boolean release() {
    return --users == 0;
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

  void addExecution() {
    executions.add(1);
  }

  /** Stops showing the series; what is added later is not shown anywhere. */
  void remove() {
    synchronized (requests) {
      closed = true;
      executions.remove();
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
