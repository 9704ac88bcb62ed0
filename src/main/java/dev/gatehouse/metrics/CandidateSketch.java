package dev.gatehouse.metrics;

import dev.gatehouse.core.CallerId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Finds the busiest of any number of callers in fixed space, by the Space-Saving algorithm (A.
 * Metwally, D. Agrawal, A. El Abbadi: "Efficient Computation of Frequent and Top-k Elements in Data
 * Streams", ICDT 2005): a caller not watched takes the place of the least counted one, and its
 * count as the error of its own.
 *
 * <p>The places are divided into stripes by hash, each with a lock of its own, and a call that
 * finds its stripe locked is not counted: the sketch ranks callers, it does not bill them.
 */
final class CandidateSketch {

  static final int STRIPES = 16;
  static final int STRIPE_SIZE = 32;

  /**
   * A caller and the calls it certainly made lately.
   *
   * @param caller the caller
   * @param calls a lower bound of its calls, older ones weighing less
   */
  record Candidate(CallerId caller, long calls) {}

  private final Stripe[] stripes = new Stripe[STRIPES];

  CandidateSketch() {
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe();
    }
  }

  /** Counts one call of {@code caller}, unless another thread is in the same stripe. */
  void count(CallerId caller) {
    int hash = spread(caller.hashCode());
    Stripe stripe = stripes[hash & (STRIPES - 1)];
    if (stripe.lock.tryLock()) {
      try {
        stripe.count(caller);
      } finally {
        stripe.lock.unlock();
      }
    }
  }

  /** Those watched, busiest first; of equals, the first by name, so that rounds can be repeated. */
  List<Candidate> busiest() {
    List<Candidate> all = new ArrayList<>();
    for (Stripe stripe : stripes) {
      stripe.lock.lock();
      try {
        stripe.addTo(all);
      } finally {
        stripe.lock.unlock();
      }
    }
    all.sort(
        Comparator.comparingLong(Candidate::calls)
            .reversed()
            .thenComparing(candidate -> candidate.caller().value()));
    return all;
  }

  /** Halves all counts, so that the past fades. */
  void fade() {
    for (Stripe stripe : stripes) {
      stripe.lock.lock();
      try {
        stripe.fade();
      } finally {
        stripe.lock.unlock();
      }
    }
  }

  private static int spread(int hash) {
    return hash ^ (hash >>> 16);
  }

  /** A part of the places; all fields are guarded by {@code lock}. */
  private static final class Stripe {

    private final ReentrantLock lock = new ReentrantLock();
    private final @Nullable CallerId[] callers = new CallerId[STRIPE_SIZE];
    private final long[] counts = new long[STRIPE_SIZE];
    private final long[] errors = new long[STRIPE_SIZE];

    void count(CallerId caller) {
      int least = 0;
      for (int i = 0; i < STRIPE_SIZE; i++) {
        if (caller.equals(callers[i])) {
          counts[i]++;
          return;
        }
        if (counts[i] < counts[least]) {
          least = i;
        }
      }
      callers[least] = caller;
      errors[least] = counts[least];
      counts[least]++;
    }

    void addTo(List<Candidate> all) {
      for (int i = 0; i < STRIPE_SIZE; i++) {
        CallerId caller = callers[i];
        if (caller != null) {
          all.add(new Candidate(caller, counts[i] - errors[i]));
        }
      }
    }

    void fade() {
      for (int i = 0; i < STRIPE_SIZE; i++) {
        counts[i] /= 2;
        errors[i] /= 2;
      }
    }
  }
}
