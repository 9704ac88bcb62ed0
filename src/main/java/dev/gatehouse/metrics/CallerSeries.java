package dev.gatehouse.metrics;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Outcome;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All series with one {@code caller} label. Those by outcome and by model are made on their first
 * use, under the lock of the slots; afterwards they are found without a lock.
 *
 * <p>An addition returns false when it was turned away because the label is closed; it then belongs
 * to {@code other}. Structure is changed under the lock of the slots only.
 */
final class CallerSeries {

  /** The counters of each caller, which are there from the start. */
  private static final List<CounterName> COUNTERS =
      List.of(
          CounterName.CALLER_REQUEST_BYTES,
          CounterName.CALLER_COMPUTE_SECONDS,
          CounterName.CALLER_NEW_NETWORKS,
          CounterName.CALLER_OFF_HOURS_REQUESTS,
          CounterName.CALLER_UNKNOWN_MODELS);

  private static final String CALLER_TAG = "caller";

  private final MeterRegistry registry;
  private final Object lock;
  private final PairBudget budget;
  private final Tags tags;

  /** Whether the label is one caller's, so that gauges have a meaning. */
  private final boolean own;

  private final AtomicReferenceArray<@Nullable Series> requests =
      new AtomicReferenceArray<>(Outcome.COUNT);
  private final ConcurrentHashMap<ModelName, PairSeries> pairs = new ConcurrentHashMap<>();
  private final Counters counters;
  private final Gauges gauges;
  private volatile @Nullable PairSeries pairWithOther;

  /** Guarded by {@code lock}. */
  private boolean closed;

  CallerSeries(String label, MeterRegistry registry, Object lock, PairBudget budget) {
    this.registry = registry;
    this.lock = lock;
    this.budget = budget;
    this.tags = Tags.of(CALLER_TAG, label);
    this.own = Labels.own(label);
    this.counters = new Counters(registry, COUNTERS, tags);
    this.gauges = new Gauges(registry, lock, tags);
  }

  boolean addRequest(Outcome outcome) {
    Series series = requests.get(outcome.index());
    if (series == null) {
      series = openRequests(outcome);
    }
    return series != null && series.add(1);
  }

  /** Adds to one of the counters that have no other label. */
  boolean add(CounterName name, long amount) {
    return counters.add(name, amount);
  }

  /** Adds to the pair with {@code model}, or to the one with {@code other} if there is none. */
  boolean add(CounterName name, ModelName model, long count) {
    PairSeries pair = pairs.get(model);
    if (pair == null && count == 0) {
      return true;
    }
    if (pair == null && budget.allows(model)) {
      pair = openPair(model);
    }
    return (pair != null && pair.add(name, count)) || addToOther(name, count);
  }

  /** Shows what the caller's traffic looks like, unless the label is of many. */
  void show(TrafficSeen seen) {
    if (own) {
      gauges.show(GaugeName.CALLER_MODELS, seen.models());
      gauges.show(GaugeName.CALLER_NETWORKS, seen.networks());
      gauges.show(GaugeName.CALLER_CREDENTIALS, seen.credentials());
      gauges.show(GaugeName.CALLER_SHARED_CREDENTIALS, seen.sharedCredentials());
      gauges.show(GaugeName.CALLER_LATENCY_FACTOR, seen.latencyFactor());
      gauges.show(GaugeName.CALLER_ROW_COST_FACTOR, seen.rowCostFactor());
    }
  }

  /** Shows what the contents look like, unless the pair is of many or not shown. */
  void show(ModelName model, ContentSeen seen) {
    PairSeries pair = pairs.get(model);
    if (own && pair != null) {
      pair.show(seen.distanceNormality(), seen.extractionScore());
    }
  }

  /** Turns additions away, and shows the counters as they stand, and no gauges. */
  void close() {
    closed = true;
    requestsEach(Series::close);
    counters.close();
    gauges.close();
    pairsEach(PairSeries::close);
  }

  /** Takes additions again. */
  void reopen() {
    closed = false;
    requestsEach(Series::reopen);
    counters.reopen();
    gauges.reopen();
    pairsEach(PairSeries::reopen);
  }

  /** Stops showing the series; they must be closed. */
  void remove() {
    requestsEach(Series::remove);
    counters.remove();
    pairsEach(PairSeries::remove);
    budget.giveBack(pairs.size());
    pairs.clear();
  }

  /** Closes the pair with {@code model}; it is removed when it has been closed for a round. */
  void closePair(ModelName model) {
    PairSeries pair = pairs.get(model);
    if (pair != null) {
      pair.close();
    }
  }

  /**
   * Removes gauges that were not told for long, and pairs that have been closed for a round; if no
   * pair is left, closes idle ones.
   *
   * <p>A removed pair keeps its place for one more round. If it came back at once, it could outgrow
   * its old value before the next scrape, which would take the two for one series.
   */
  void maintain(boolean noneLeft) {
    if (closed) {
      return;
    }
    gauges.hideUntold();
    pairs.forEach(
        (model, pair) -> {
          pair.hideUntold();
          boolean idle = pair.idleForARound();
          if (pair.removed()) {
            pairs.remove(model);
            budget.giveBack(1);
          } else if (pair.closedForARound()) {
            pair.remove();
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

  private @Nullable PairSeries openPair(ModelName model) {
    synchronized (lock) {
      PairSeries pair = pairs.get(model);
      if (pair == null && !closed && budget.allows(model)) {
        budget.take();
        pair = pair(model.value());
        pairs.put(model, pair);
      }
      return pair;
    }
  }

  private boolean addToOther(CounterName name, long count) {
    PairSeries pair = pairWithOther;
    if (pair == null) {
      pair = openPairWithOther();
    }
    return pair != null && pair.add(name, count);
  }

  private @Nullable PairSeries openPairWithOther() {
    synchronized (lock) {
      if (pairWithOther == null && !closed) {
        pairWithOther = pair(Labels.OTHER);
      }
      return pairWithOther;
    }
  }

  private PairSeries pair(String model) {
    return new PairSeries(registry, lock, tags.and("model", model));
  }

  private void pairsEach(Consumer<PairSeries> action) {
    pairs.values().forEach(action);
    PairSeries withOther = pairWithOther;
    if (withOther != null) {
      action.accept(withOther);
    }
  }

  private void requestsEach(Consumer<Series> action) {
    for (int i = 0; i < Outcome.COUNT; i++) {
      Series series = requests.get(i);
      if (series != null) {
        action.accept(series);
      }
    }
  }
}
