package dev.gatehouse.scheduling;

import java.time.Duration;

/**
 * Remembers the rejected calls of one caller, and so when and for how long it is penalised.
 *
 * <p>{@link #POISON_STRIKES} rejections within {@link #STRIKES_WITHIN} begin a penalty; the first
 * lasts {@link #PENALTY_FIRST}, each further one twice as long as the one before, up to {@link
 * #PENALTY_MAX}. Who was free of penalty for {@link #FORGIVEN_AFTER} begins anew. Rejections during
 * a penalty do not count: they harm nobody else.
 */
final class Strikes {

  static final int POISON_STRIKES = 3;
  static final Duration STRIKES_WITHIN = Duration.ofSeconds(10);
  static final Duration PENALTY_FIRST = Duration.ofSeconds(10);
  static final Duration PENALTY_MAX = Duration.ofMinutes(5);
  static final Duration FORGIVEN_AFTER = Duration.ofMinutes(5);

  /** When the latest rejections were, a ring. */
  private final long[] rejectedNanos = new long[POISON_STRIKES];

  /** Rejections since the last penalty; a long, since it only grows. */
  private long strikes;

  private boolean everPenalised;
  private long penaltyNanos;
  private long penaltyEndsNanos;

  /** Whether this rejection begins a penalty. */
  boolean rejected(long now) {
    if (penalised(now)) {
      return false;
    }
    rejectedNanos[(int) (strikes % POISON_STRIKES)] = now;
    strikes++;
    if (strikes < POISON_STRIKES) {
      return false;
    }
    long oldest = rejectedNanos[(int) (strikes % POISON_STRIKES)]; // of a full ring, the next to go
    if (now - oldest > STRIKES_WITHIN.toNanos()) {
      return false;
    }
    begin(now);
    return true;
  }

  private void begin(long now) {
    boolean repeat = everPenalised && now - penaltyEndsNanos < FORGIVEN_AFTER.toNanos();
    long longer = Math.min(2 * penaltyNanos, PENALTY_MAX.toNanos());
    penaltyNanos = repeat ? longer : PENALTY_FIRST.toNanos();
    penaltyEndsNanos = now + penaltyNanos;
    everPenalised = true;
    strikes = 0;
  }

  boolean penalised(long now) {
    return everPenalised && now - penaltyEndsNanos < 0;
  }

  /** When the latest penalty ends or ended. */
  long penaltyEndsNanos() {
    return penaltyEndsNanos;
  }

  /** Whether nothing remembered can matter any more. */
  boolean blank(long now) {
    boolean fresh =
        strikes > 0
            && now - rejectedNanos[(int) ((strikes - 1) % POISON_STRIKES)]
                <= STRIKES_WITHIN.toNanos();
    boolean marked = everPenalised && now - penaltyEndsNanos < FORGIVEN_AFTER.toNanos();
    return !fresh && !marked;
  }
}
