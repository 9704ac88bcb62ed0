package dev.gatehouse.abuse.traffic;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What a row of each model usually costs, in device time, over all callers.
 *
 * <p>A caller votes once on each model in each {@link #SLICE_NANOS slice}, however often it calls,
 * so that a busy caller does not decide alone what is usual; the mean of the votes feeds a {@link
 * Baseline}. Only answered calls vote, so that there are no more models than there are deployed
 * ones; beyond {@link #MODELS_MAX} the one not used for longest is forgotten.
 */
final class ModelCosts {

  /** How many models are known. */
  static final int MODELS_MAX = 1_024;

  static final long SLICE_NANOS = 10 * Windows.SECOND_NANOS;

  /** A day of activity, in slices. */
  private static final int MEMORY_SLICES = 8_640;

  /** Five minutes of activity, in slices. */
  static final int WARM_SLICES = 30;

  private final Map<String, Usual> models = new LinkedHashMap<>(16, 0.75f, true);

  /** The usual nanoseconds of a row; empty while there is not enough to say. */
  OptionalDouble usualNanos(String model) {
    Usual usual = models.get(model);
    return usual == null || !usual.baseline.warm()
        ? OptionalDouble.empty()
        : OptionalDouble.of(Math.exp(usual.baseline.mean()));
  }

  /** Takes the vote of one caller in the slice {@code now} is in. */
  void vote(String model, double nanosPerRow, long now) {
    Usual usual = models.get(model);
    if (usual == null) {
      usual = new Usual();
      models.put(model, usual);
      if (models.size() > MODELS_MAX) {
        models.remove(models.keySet().iterator().next());
      }
    }
    usual.vote(Math.log(Math.max(nanosPerRow, 1)), now / SLICE_NANOS);
  }

  int size() {
    return models.size();
  }

  /** What is usual for one model. */
  private static final class Usual {

    private final Baseline baseline = Baseline.ofLogarithms(MEMORY_SLICES, WARM_SLICES);
    private double sum;
    private int votes;
    private long slice;

    void vote(double log, long slice) {
      if (slice != this.slice && votes > 0) {
        baseline.feed(sum / votes, Double.POSITIVE_INFINITY);
        sum = 0;
        votes = 0;
      }
      this.slice = slice;
      sum += log;
      votes++;
    }
  }
}
