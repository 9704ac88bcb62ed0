package dev.gatehouse.access;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.ModelName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Replicas, calls and answers of the shared buckets at random: what is granted in any stretch of
 * time never exceeds the bound that {@link Quotas} states, from the beginning it never exceeds the
 * quota, and all of a quota that is wanted is granted but for what replicas hold.
 */
final class QuotaBoundTest {

  private static final long SEED = 20_261_120;
  private static final int RUNS = 200;
  private static final long STEP_NANOS = Duration.ofMillis(1).toNanos();
  private static final ModelName MODEL = new ModelName("digits");
  private static final GrantId GRANT = new GrantId("orders");

  /** What was granted when. */
  private record Granted(long nanos, long tokens) {}

  /** One run on a time of its own. */
  private static final class Run {
    private final Random random;
    private final Quota quota;
    private final QuotaSettings settings;
    private final int steps;

    /** How many steps the shared buckets take to answer, at most. */
    private final int delayMax;

    private final boolean evictions;
    private final List<Replica> replicas = new ArrayList<>();
    private final List<Granted> calls = new ArrayList<>();
    private final List<Granted> rows = new ArrayList<>();
    private final MemoryBuckets buckets;
    private long nanos;

    private record Replica(Quotas quotas, LaterThreads threads, int phase) {}

    Run(long seed, boolean countingRows) {
      random = new Random(seed);
      int rate = 1 + random.nextInt(2_000);
      int burst = random.nextBoolean() ? 0 : 1 + random.nextInt(4_000);
      quota =
          countingRows
              ? new Quota(rate, burst, 50 + random.nextInt(5_000), 0, 0)
              : new Quota(rate, burst, 0, 0, 0);
      settings = new QuotaSettings(1 + random.nextInt(100));
      steps = 500 + random.nextInt(2_500);
      delayMax = 1 + random.nextInt(8);
      evictions = random.nextInt(4) == 0;
      buckets = new MemoryBuckets(() -> nanos);
      for (int i = 1 + random.nextInt(4); i > 0; i--) {
        LaterThreads threads = new LaterThreads();
        replicas.add(
            new Replica(
                new Quotas(buckets, settings, () -> nanos, threads),
                threads,
                random.nextInt(delayMax)));
      }
    }

    void go(int callsMax) {
      for (int step = 0; step < steps; step++) {
        for (Replica replica : replicas) {
          for (int call = random.nextInt(callsMax + 1); call > 0; call--) {
            call(replica);
          }
          if ((step + replica.phase()) % delayMax == 0) {
            replica.threads().runOnce();
          }
        }
        nanos += STEP_NANOS;
        if (evictions && random.nextInt(400) == 0) {
          replicas.forEach(replica -> replica.threads().run());
          nanos += Quotas.IDLE_MAX.toNanos() + 1;
          replicas.forEach(replica -> replica.quotas().sweep());
        }
      }
    }

    private void call(Replica replica) {
      int size = quota.rowsPerSecond() == 0 ? 1 : 1 + random.nextInt(40);
      switch (replica.quotas().take(MODEL, GRANT, quota, size, Deadline.NONE)) {
        case QuotaAnswer.Settled settled -> count(settled, size);
        case QuotaWait wait -> {
          wait.whenSettled(settled -> count(settled, size));
          if (random.nextInt(50) == 0) {
            wait.cancel();
          }
        }
      }
    }

    /** Of those who have quota, some find the queue full. */
    private void count(QuotaAnswer.Settled settled, int size) {
      if (settled instanceof QuotaTicket ticket) {
        if (random.nextInt(20) == 0) {
          ticket.giveBack();
        } else {
          calls.add(new Granted(nanos, 1));
          rows.add(new Granted(nanos, size));
          ticket.spend();
        }
      }
    }

    /** How long tokens may be on their way: an answer may have to wait for the one before. */
    private double delaySeconds() {
      return 2.0 * delayMax * STEP_NANOS / 1e9;
    }

    private void assertBounded(String what, QuotaLimit limit, List<Granted> granted) {
      long lease = settings.lease(limit.capacity());
      double perNano = limit.perSecond() / 1e9;
      double most = limit.capacity() + replicas.size() * lease + limit.perSecond() * delaySeconds();
      double least = Double.MAX_VALUE;
      double sum = 0;
      for (Granted grant : granted) {
        least = Math.min(least, sum - perNano * grant.nanos());
        sum += grant.tokens();
        double window = sum - perNano * grant.nanos() - least;
        assertTrue(window <= most + 1e-3, what + ": " + window + " over " + most);
        double whole = limit.capacity() + perNano * grant.nanos();
        assertTrue(sum <= whole + 1e-3, what + ": " + sum + " since the beginning over " + whole);
      }
    }

    void assertBounded(String what) {
      List<QuotaLimit> limits = QuotaLimit.of(quota);
      assertBounded(what + " calls", limits.getFirst(), calls);
      if (limits.size() > 1) {
        assertBounded(what + " rows", limits.get(1), rows);
      }
    }

    /** With more calls than the quota allows, all of it is used but for what replicas hold. */
    void assertUsed(String what) {
      QuotaLimit limit = QuotaLimit.of(quota).getFirst();
      long lease = settings.lease(limit.capacity());
      double seconds = nanos / 1e9;
      double late = 2 * QuotaLevel.PAUSE.toNanos() / 1e9 + 2.0 / limit.perSecond() + delaySeconds();
      double fewest =
          limit.capacity()
              + limit.perSecond() * Math.max(0, seconds - late)
              - (double) replicas.size() * lease
              - 2;
      assertTrue(calls.size() >= fewest, what + ": " + calls.size() + " under " + fewest);
    }
  }

  @Test
  void calls_ofReplicasAtRandom_stayWithinTheBound() {
    for (int i = 0; i < RUNS; i++) {
      Run run = new Run(SEED + i, i % 2 == 0);
      run.go(1 + i % 12);
      run.assertBounded("seed " + (SEED + i));
    }
  }

  @Test
  void calls_moreThanAllowed_getAllThereIs() {
    int tried = 0;
    for (int i = 0; tried < RUNS / 2; i++) {
      Run run = new Run(-SEED - i, false);
      if (run.evictions) {
        continue;
      }
      tried++;
      run.go(24);
      run.assertBounded("seed " + (-SEED - i));
      run.assertUsed("seed " + (-SEED - i));
    }
  }
}
