package dev.gatehouse.scheduling;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the rows, bytes and calls that are held, exactly and never above the limits they were
 * taken under; without a lock.
 *
 * <p>Rows and calls share one word and are taken together, bytes after them and given back before
 * them. So nothing is held without its call, and one who fails at the bytes holds rows for an
 * instant: another may be refused for that, none is admitted beyond a limit.
 *
 * <p>What holds no rows admits one call of any size: whoever owns the permits has checked before
 * that the call would fit an empty queue. It need not hold no calls: a call that was split keeps
 * its one until its parts are joined, so the calls are counted all the same.
 */
final class Permits {

  /** How an attempt to take ended. */
  enum Take {
    TAKEN,
    FULL,
    /** They belong to a flow that was forgotten. */
    RETIRED
  }

  private static final long RETIRED = -1;

  /** Calls in the upper half, rows in the lower one; or {@link #RETIRED}. */
  private final AtomicLong callsAndRows = new AtomicLong();

  private final AtomicLong bytes = new AtomicLong();

  /** Takes one call with its rows and bytes, or nothing. */
  Take take(int moreRows, long moreBytes, int rowsLimit, long bytesLimit, int callsLimit) {
    long more = pack(1, moreRows);
    long held = callsAndRows.get();
    while (true) {
      if (held == RETIRED) {
        return Take.RETIRED;
      }
      boolean tooManyRows = rows(held) != 0 && moreRows > rowsLimit - rows(held);
      if (tooManyRows || calls(held) >= callsLimit) {
        return Take.FULL;
      }
      long witness = callsAndRows.compareAndExchange(held, held + more);
      if (witness == held) {
        break;
      }
      held = witness;
    }
    if (takeBytes(moreBytes, bytesLimit)) {
      return Take.TAKEN;
    }
    callsAndRows.addAndGet(-more);
    return Take.FULL;
  }

  private boolean takeBytes(long more, long limit) {
    long held = bytes.get();
    while (held == 0 || more <= limit - held) {
      long witness = bytes.compareAndExchange(held, held + more);
      if (witness == held) {
        return true;
      }
      held = witness;
    }
    return false;
  }

  /** Gives back what was taken, or a part of it. */
  void give(int lessRows, long lessBytes, int lessCalls) {
    long bytesBefore = bytes.getAndAdd(-lessBytes);
    long before = callsAndRows.getAndAdd(-pack(lessCalls, lessRows));
    if (bytesBefore < lessBytes || rows(before) < lessRows || calls(before) < lessCalls) {
      throw new IllegalStateException("more permits given back than taken");
    }
  }

  /** Ends them for good, unless something is held. */
  boolean retire() {
    return callsAndRows.compareAndSet(0, RETIRED);
  }

  int rows() {
    return rows(callsAndRows.get());
  }

  int calls() {
    return calls(callsAndRows.get());
  }

  long bytes() {
    return bytes.get();
  }

  /** Whether no call, row or byte is held. */
  boolean none() {
    long held = callsAndRows.get();
    return held == 0 || held == RETIRED;
  }

  private static long pack(int calls, int rows) {
    return ((long) calls << 32) + rows;
  }

  private static int rows(long held) {
    return held == RETIRED ? 0 : (int) held;
  }

  private static int calls(long held) {
    return held == RETIRED ? 0 : (int) (held >>> 32);
  }
}
