package dev.gatehouse.serving;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.VersionId;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts what one deployed version does. Counting takes no lock and, once a size of batch has been
 * seen, no memory.
 */
final class VersionStatistics {

  /** The most sizes of batches told apart; what comes after them is in the sums alone. */
  static final int BATCH_SIZES_MAX = 256;

  private final InstantSource clock;
  private final LongAdder rows = new LongAdder();
  private final Cell success = new Cell();
  private final Cell fail = new Cell();
  private final Cell queue = new Cell();
  private final Phases requests = new Phases();
  private final LongAdder executions = new LongAdder();

  /** An open-addressed table; a place is taken once and for ever. */
  private final AtomicReferenceArray<@Nullable BatchCell> sizes =
      new AtomicReferenceArray<>(BATCH_SIZES_MAX);

  private volatile long lastRunMillis;

  VersionStatistics(InstantSource clock) {
    this.clock = clock;
  }

  private static final class Cell {
    private final LongAdder count = new LongAdder();
    private final LongAdder nanos = new LongAdder();

    void add(long times, long each) {
      count.add(times);
      nanos.add(times * each);
    }

    Tally tally() {
      return new Tally(count.sum(), nanos.sum());
    }
  }

  /** The three parts of a run. */
  private static final class Phases {
    private final Cell assemble = new Cell();
    private final Cell compute = new Cell();
    private final Cell scatter = new Cell();

    void add(long times, long assembleNanos, long computeNanos, long scatterNanos) {
      assemble.add(times, assembleNanos);
      compute.add(times, computeNanos);
      scatter.add(times, scatterNanos);
    }
  }

  private record BatchCell(int rows, Phases phases) {}

  /** A request was answered. */
  void answered(int requestRows, long totalNanos, long queueNanos) {
    rows.add(requestRows);
    success.add(1, totalNanos);
    queue.add(1, queueNanos);
  }

  /** A request for this version was refused. */
  void refused(long totalNanos) {
    fail.add(1, totalNanos);
  }

  /** A batch ran and gave outputs; one that failed is not told here. */
  void ran(int calls, int batchRows, long assembleNanos, long computeNanos, long scatterNanos) {
    lastRunMillis = clock.millis();
    executions.increment();
    requests.add(calls, assembleNanos, computeNanos, scatterNanos);
    Phases size = ofSize(batchRows);
    if (size != null) {
      size.add(1, assembleNanos, computeNanos, scatterNanos);
    }
  }

  /** The cell of batches of this size, or null if there are too many sizes already. */
  private @Nullable Phases ofSize(int batchRows) {
    for (int probe = 0; probe < BATCH_SIZES_MAX; probe++) {
      int place = (batchRows + probe) % BATCH_SIZES_MAX;
      BatchCell cell = sizes.get(place);
      if (cell == null) {
        BatchCell made = new BatchCell(batchRows, new Phases());
        cell = sizes.compareAndSet(place, null, made) ? made : sizes.get(place);
      }
      if (cell != null && cell.rows() == batchRows) {
        return cell.phases();
      }
    }
    return null;
  }

  /** What was counted so far. */
  VersionCounts counts(ModelName model, VersionId version) {
    List<VersionCounts.OfSize> batches = new ArrayList<>();
    for (int place = 0; place < BATCH_SIZES_MAX; place++) {
      BatchCell cell = sizes.get(place);
      if (cell != null) {
        batches.add(
            new VersionCounts.OfSize(
                cell.rows(),
                cell.phases().assemble.tally(),
                cell.phases().compute.tally(),
                cell.phases().scatter.tally()));
      }
    }
    batches.sort(Comparator.comparingInt(VersionCounts.OfSize::rows));
    return new VersionCounts(
        model,
        version,
        lastRunMillis,
        rows.sum(),
        executions.sum(),
        success.tally(),
        fail.tally(),
        queue.tally(),
        requests.assemble.tally(),
        requests.compute.tally(),
        requests.scatter.tally(),
        batches);
  }
}
