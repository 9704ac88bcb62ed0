package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The rows that a throttled caller may still send to this replica: so many a second, and those of
 * {@link #BURST} at once. Safe for any thread, without a lock.
 *
 * <p>A call of any kind takes one row as it comes, so that what is refused or only asks is slowed
 * as well; an inference takes the rest of its rows once they are known.
 *
 * <p>Kept as one number, the time at which the rows taken so far are paid for (the generic cell
 * rate algorithm, ITU-T I.371, annex A): a call is taken if its rows are paid for within the burst.
 */
public final class RowThrottle {

  /** After a pause as long as this, a caller may send the rows of this time at once. */
  public static final Duration BURST = Duration.ofSeconds(10);

  private static final long NANOS_PER_SECOND = Duration.ofSeconds(1).toNanos();

  private final CallerId caller;
  private final int rowsPerSecond;
  private final long rowNanos;
  private final Ticker ticker;
  private final AtomicLong paidNanos;

  /** A full one; at most {@link AccessSettings#THROTTLE_ROWS_PER_SECOND_MAX} rows a second. */
  RowThrottle(CallerId caller, int rowsPerSecond, Ticker ticker) {
    this.caller = caller;
    this.rowsPerSecond = rowsPerSecond;
    this.rowNanos = NANOS_PER_SECOND / rowsPerSecond;
    this.ticker = ticker;
    this.paidNanos = new AtomicLong(ticker.nanos());
  }

  /** Takes the first row of a call; returns why there is none, or null if it was taken. */
  @Nullable Refusal takeFirst() {
    return take(rowNanos, 0);
  }

  /**
   * Takes the rows of a call but the first, which was taken when it came and stays taken. Returns
   * why there are none, or null if they were taken.
   *
   * @param rows all that the call has
   */
  public @Nullable Refusal takeRest(int rows) {
    if (rows * rowNanos > BURST.toNanos()) {
      return new Refusal.StateInvalid(
          "the caller is throttled: a call may bring %d rows at most"
              .formatted(rowsPerSecond * BURST.toSeconds()));
    }
    // Who comes again pays for a first row again: without time for it, it would never get through.
    return rows <= 1 ? null : take((rows - 1) * rowNanos, rowNanos);
  }

  private @Nullable Refusal take(long cost, long againNanos) {
    while (true) {
      long now = ticker.nanos();
      long paid = paidNanos.get();
      long start = paid - now > 0 ? paid : now;
      long aheadNanos = start - now + cost;
      if (aheadNanos > BURST.toNanos()) {
        return refusal(aheadNanos - BURST.toNanos() + againNanos);
      }
      if (paidNanos.compareAndSet(paid, start + cost)) {
        return null;
      }
    }
  }

  private Refusal refusal(long waitNanos) {
    return new Refusal.QuotaExhausted(
        "callers/" + caller,
        "the caller is throttled to %d rows a second, and %d at once"
            .formatted(rowsPerSecond, rowsPerSecond * BURST.toSeconds()),
        Duration.ofNanos(waitNanos));
  }
}
