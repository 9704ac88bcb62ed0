package dev.gatehouse.scheduling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The fairness goal, exactly: with all callers at their fair share of a saturated queue, one that
 * raises its offer to ten times its share moves the p99 of the others' waiting time by less than
 * 1.3×. On a fake clock, on which every batch takes the same time.
 */
final class FairShareTest {

  private static final long SEED = 20_261_300L;
  private static final double GOAL = 1.3;
  private static final long RUN_NANOS = 1_000;
  private static final int BATCH_ROWS = 8;
  private static final int QUEUE_ROWS = 512;
  private static final int BATCHES = 6_000;
  private static final int[] EQUAL = {1, 1, 1, 1};
  private static final int[] WEIGHTED = {1, 2, 4, 1};

  /** How calls come. */
  private enum Offer {
    /** Each caller has so many calls under way, and brings the next when one is answered. */
    CLOSED,
    /** Each caller brings calls at its rate, whatever becomes of them; refused ones are gone. */
    OPEN
  }

  @Test
  void closedLoop_oneRaisesItsOfferTenfold_othersWaitTheSame() {
    check(Offer.CLOSED, EQUAL);
    check(Offer.CLOSED, WEIGHTED);
  }

  @Test
  void openLoop_oneRaisesItsOfferTenfold_othersWaitTheSame() {
    check(Offer.OPEN, EQUAL);
    check(Offer.OPEN, WEIGHTED);
  }

  private static void check(Offer offer, int[] weights) {
    Load fair = new Load(offer, weights, 1);
    fair.run();
    Load noisy = new Load(offer, weights, 10);
    noisy.run();
    for (int caller = 1; caller < weights.length; caller++) {
      double ratio = (double) noisy.p99(caller) / fair.p99(caller);
      System.out.printf(
          "%s, weights %s, caller %d: p99 %,d ns beside a fair caller, %,d ns beside one that"
              + " offers 10 times as much: %.3f times%n",
          offer, Arrays.toString(weights), caller, fair.p99(caller), noisy.p99(caller), ratio);
      assertTrue(ratio < GOAL, "seed " + SEED + ": " + ratio);
      assertEquals(0, noisy.refused[caller], "others are not refused for the noisy one");
    }
    assertTrue(noisy.peakRows <= QUEUE_ROWS / 2, "more than its share of the queue");
  }

  /** One run; caller 0 is the one that may offer more. */
  private static final class Load {
    private final Random random = new Random(SEED);
    private final Offer offer;
    private final int[] weights;
    private final int factor;
    private final Harness h =
        new Harness(
            new BatcherSettings(
                1,
                BATCH_ROWS,
                List.of(),
                Duration.ZERO,
                QUEUE_ROWS,
                1_000_000,
                QUEUE_ROWS,
                50,
                Duration.ZERO));
    private final List<List<Long>> waits = new ArrayList<>();
    private final double[] owed;
    final int[] refused;
    int peakRows;
    private int named;

    Load(Offer offer, int[] weights, int factor) {
      this.offer = offer;
      this.weights = weights;
      this.factor = factor;
      owed = new double[weights.length];
      refused = new int[weights.length];
      for (int i = 0; i < weights.length; i++) {
        waits.add(new ArrayList<>());
      }
    }

    void run() {
      for (int caller = 0; caller < weights.length; caller++) {
        int calls = 12 * weights[caller] * (caller == 0 ? factor : 1);
        for (int i = 0; i < calls; i++) {
          bring(caller);
        }
      }
      for (int i = 0; i < BATCHES; i++) {
        Batch<String, String> batch = h.batch(0);
        long started = h.now;
        arriveMeanwhile();
        h.now = started + RUN_NANOS;
        h.finish(batch);
        for (String name : batch.payloads()) {
          int caller = name.charAt(0) - '0';
          waits.get(caller).add(h.now - h.call(name).enqueuedNanos);
          if (offer == Offer.CLOSED) {
            bring(caller);
          }
        }
      }
    }

    /** In an open loop each caller brings its share of a batch, at random times during the run. */
    private void arriveMeanwhile() {
      if (offer == Offer.CLOSED) {
        return;
      }
      int sum = Arrays.stream(weights).sum();
      long start = h.now;
      List<long[]> times = new ArrayList<>();
      for (int caller = 0; caller < weights.length; caller++) {
        owed[caller] += (double) BATCH_ROWS * weights[caller] / sum * (caller == 0 ? factor : 1);
        for (; owed[caller] >= 1; owed[caller]--) {
          times.add(new long[] {start + random.nextInt((int) RUN_NANOS), caller});
        }
      }
      times.sort((one, other) -> Long.signum(one[0] - other[0]));
      for (long[] time : times) {
        h.now = time[0];
        bring((int) time[1]);
      }
    }

    private void bring(int caller) {
      h.as(caller + "", weights[caller], Priority.INTERACTIVE);
      switch (h.gate.reserve(new CallTerms(caller + "", 1, Priority.INTERACTIVE), 1, 1)) {
        case Flow<String, String> flow -> {
          h.enqueueReserved(flow, caller + " " + named++, "k", 1, Deadline.NONE);
          if (caller == 0) {
            peakRows = Math.max(peakRows, flow.permits.rows());
          }
        }
        case Place.None<String, String>(Refusal _) -> refused[caller]++;
      }
    }

    /** The 99th percentile, without the first tenth. */
    long p99(int caller) {
      List<Long> all = waits.get(caller);
      List<Long> steady = new ArrayList<>(all.subList(all.size() / 10, all.size()));
      steady.sort(null);
      return steady.get(steady.size() * 99 / 100);
    }
  }
}
