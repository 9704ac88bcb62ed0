package dev.gatehouse.scheduling;

import dev.gatehouse.scheduling.SimulatedCall.Piece;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who was served how much in a simulation in which every call has one row and every caller one key.
 *
 * <p>While two callers with calls of one key and priority both have some waiting, what they are
 * served in rows × cost / weight differs by at most {@link #bound}.
 */
final class FairShares {

  /** Two callers of one key, since both have calls waiting. */
  private static final class Pair {
    int firstEmptied = -1;
    int secondEmptied = -1;
    double least;
    double most;
  }

  static final int COST_MAX = 3;

  private final int[] weights;
  private final int keys;
  private final boolean watched;
  private final int batchesAhead;
  private final int batchRowsMax;
  private final double[][] served;
  private final Pair[][] pairs;
  private @Nullable AdmissionGate<Piece, SimulatedCall.Rows> gate;

  /** The largest difference seen, as a part of the bound. */
  double closest;

  /** How often two callers were compared. */
  long compared;

  FairShares(BatcherSettings settings, int[] weights, int keys, boolean watched) {
    this.weights = weights;
    this.keys = keys;
    this.watched = watched;
    batchesAhead = settings.queueDelayMax().isZero() ? 1 : Tier.LEAD_BATCHES;
    batchRowsMax = settings.batchRowsMax();
    served = new double[Priority.values().length][weights.length];
    pairs = new Pair[Priority.values().length][weights.length * weights.length];
    for (Pair[] row : pairs) {
      for (int i = 0; i < row.length; i++) {
        row[i] = new Pair();
      }
    }
  }

  void gate(AdmissionGate<Piece, SimulatedCall.Rows> itsGate) {
    gate = itsGate;
  }

  /** What two callers may differ by: one of them the batches it was ahead, and a call of each. */
  double bound(int first, int second) {
    double batches = (double) batchesAhead * batchRowsMax * COST_MAX;
    double call = (double) COST_MAX / weights[first] + (double) COST_MAX / weights[second];
    return batches / Math.min(weights[first], weights[second]) + call;
  }

  /** A batch began that does not run again. */
  void served(List<Piece> pieces, WaitingPieces waiting) {
    if (!watched) {
      return;
    }
    for (Piece piece : pieces) {
      int caller = piece.call.holder.index;
      served[piece.call.priority.ordinal()][caller] +=
          (double) piece.rows * piece.call.cost / weights[caller];
    }
    for (Priority priority : Priority.values()) {
      for (int first = 0; first < weights.length; first++) {
        for (int second = first + keys; second < weights.length; second += keys) {
          compare(priority, first, second, waiting);
        }
      }
    }
  }

  private void compare(Priority priority, int first, int second, WaitingPieces waiting) {
    Pair pair = pairs[priority.ordinal()][first * weights.length + second];
    int firstEmptied = apart(first) ? -1 : waiting.backlogged(first, priority, first % keys);
    int secondEmptied = apart(second) ? -1 : waiting.backlogged(second, priority, first % keys);
    double[] its = served[priority.ordinal()];
    double difference = its[first] - its[second];
    boolean still =
        firstEmptied >= 0
            && secondEmptied >= 0
            && pair.firstEmptied == firstEmptied
            && pair.secondEmptied == secondEmptied;
    pair.firstEmptied = firstEmptied;
    pair.secondEmptied = secondEmptied;
    pair.least = still ? Math.min(pair.least, difference) : difference;
    pair.most = still ? Math.max(pair.most, difference) : difference;
    if (still) {
      compared++;
      double part = (pair.most - pair.least) / bound(first, second);
      closest = Math.max(closest, part);
      if (part > 1 + 1e-9) {
        throw new ScheduleBrokenError(
            "unfair " + priority, "callers " + first + " and " + second + " by " + part);
      }
    }
  }

  private boolean apart(int caller) {
    Flow<?, ?> flow = gate == null ? null : gate.flows().known(caller);
    return flow == null || flow.apart;
  }
}
