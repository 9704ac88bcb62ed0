package dev.gatehouse.metrics;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Outcome;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * All series with one {@code caller} label. Those by outcome and by model are made on their first
 * use, under the lock of the slots; afterwards they are found without a lock.
 *
 * <p>An addition returns false when it was turned away because the label is closed; it then belongs
 * to {@code other}. Structure is changed under the lock of the slots only.
 */
final class CallerSeries {

  private static final String CALLER_TAG = "caller";

  private final MeterRegistry registry;
  private final Object lock;
  private final PairBudget pairs;
  private final Tags tags;

  private final AtomicReferenceArray<@Nullable Series> requests =
      new AtomicReferenceArray<>(Outcome.COUNT);
  private final ConcurrentHashMap<ModelName, Series> rows = new ConcurrentHashMap<>();
  private final Series requestBytes;
  private final Series computeNanos;
  private volatile @Nullable Series rowsOfOther;

  /** Guarded by {@code lock}. */
  private boolean closed;

  CallerSeries(String label, MeterRegistry registry, Object lock, PairBudget pairs) {
    this.registry = registry;
    this.lock = lock;
    this.pairs = pairs;
    this.tags = Tags.of(CALLER_TAG, label);
    this.requestBytes = new Series(registry, CounterName.CALLER_REQUEST_BYTES, tags);
    this.computeNanos = new Series(registry, CounterName.CALLER_COMPUTE_SECONDS, tags);
  }

  boolean addRequest(Outcome outcome) {
    Series series = requests.get(outcome.index());
    if (series == null) {
      series = openRequests(outcome);
    }
    return series != null && series.add(1);
  }

  boolean addRequestBytes(long bytes) {
    return requestBytes.add(bytes);
  }

  boolean addCompute(long nanos) {
    return computeNanos.add(nanos);
  }

  /** Adds to the pair with {@code model}, or to the one with {@code other} if there is none. */
  boolean addRows(ModelName model, long count) {
    Series pair = rows.get(model);
    if (pair == null && pairs.allows(model)) {
      pair = openPair(model);
    }
    return (pair != null && pair.add(count)) || addRowsOfOther(count);
  }

  /** Turns additions away, and shows the series as they stand. */
  void close() {
    closed = true;
    all().forEach(Series::close);
  }

  /** Takes additions again. */
  void reopen() {
    closed = false;
    all().forEach(Series::reopen);
  }

  /** Stops showing the series; they must be closed. */
  void remove() {
    all().forEach(Series::remove);
    pairs.giveBack(rows.size());
    rows.clear();
  }

  /** Closes the pair with {@code model}; it goes when it has been closed for a round. */
  void closePair(ModelName model) {
    Series pair = rows.get(model);
    if (pair != null) {
      pair.close();
    }
  }

  /** Removes pairs that have been closed for a round and, if none is left, closes idle ones. */
  void exchangePairs(boolean noneLeft) {
    if (closed) {
      return;
    }
    rows.forEach(
        (model, pair) -> {
          boolean idle = pair.idleForARound();
          if (pair.closedForARound()) {
            rows.remove(model);
            pair.remove();
            pairs.giveBack(1);
          } else if (idle && noneLeft) {
            pair.close();
          }
        });
  }

  private @Nullable Series openRequests(Outcome outcome) {
    synchronized (lock) {
      Series series = requests.get(outcome.index());
      if (series == null && !closed) {
        series =
            new Series(registry, CounterName.CALLER_REQUESTS, tags.and("outcome", outcome.label()));
        requests.set(outcome.index(), series);
      }
      return series;
    }
  }

  private @Nullable Series openPair(ModelName model) {
    synchronized (lock) {
      Series pair = rows.get(model);
      if (pair == null && !closed && pairs.allows(model)) {
        pairs.take();
        pair = new Series(registry, CounterName.CALLER_ROWS, tags.and("model", model.value()));
        rows.put(model, pair);
      }
      return pair;
    }
  }

  private boolean addRowsOfOther(long count) {
    Series series = rowsOfOther;
    if (series == null) {
      series = openRowsOfOther();
    }
    return series != null && series.add(count);
  }

  private @Nullable Series openRowsOfOther() {
    synchronized (lock) {
      if (rowsOfOther == null && !closed) {
        rowsOfOther =
            new Series(registry, CounterName.CALLER_ROWS, tags.and("model", Labels.OTHER));
      }
      return rowsOfOther;
    }
  }

  private List<Series> all() {
    List<Series> all = new ArrayList<>(rows.values());
    all.add(requestBytes);
    all.add(computeNanos);
    Series ofOther = rowsOfOther;
    if (ofOther != null) {
      all.add(ofOther);
    }
    for (int i = 0; i < Outcome.COUNT; i++) {
      Series series = requests.get(i);
      if (series != null) {
        all.add(series);
      }
    }
    return all;
  }
}
