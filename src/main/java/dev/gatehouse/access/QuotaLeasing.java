package dev.gatehouse.access;

import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Fetches tokens from the shared buckets: for the calls that wait at a tank, each of which is then
 * answered, and to fill up the tank.
 *
 * <p>One thread at a time works on a tank. What is fetched for calls that wait goes to them and
 * never lies in the tank, where there is no more than a lease; so what replicas hold without having
 * granted it stays bounded, while any number of calls costs one question.
 */
final class QuotaLeasing {

  /** How long buckets that could not be reached are not asked again. */
  static final Duration LOST_PAUSE = Duration.ofSeconds(1);

  private static final Logger LOG = Logger.getLogger(QuotaLeasing.class);

  private final QuotaBuckets buckets;
  private final Ticker ticker;
  private final Quotas.LeaseListener listener;

  /** Whether the last question was answered; so that a loss is logged once. */
  private volatile boolean reached = true;

  QuotaLeasing(QuotaBuckets buckets, Ticker ticker, Quotas.LeaseListener listener) {
    this.buckets = buckets;
    this.ticker = ticker;
    this.listener = listener;
  }

  /** Answers the calls that wait at {@code tank}, and fills it up. */
  void lease(QuotaTank tank) {
    List<QuotaWait> calls = tank.takeWaiting();
    long began = ticker.nanos();
    if (calls.isEmpty() && !tank.low(began) && !tank.over()) {
      return;
    }
    QuotaLevel[] levels = tank.levels();
    long[] pools = new long[levels.length];
    int funded = 0;
    try {
      for (; funded < levels.length; funded++) {
        draw(levels[funded], calls, pools, funded);
        calls = fundable(tank, calls, pools, funded);
      }
      funded = 0;
      settle(tank, calls, pools);
      for (int i = 0; i < levels.length; i++) {
        long over = levels[i].fill(pools[i]);
        pools[i] = 0;
        if (over > 0) {
          buckets.giveBack(levels[i].bucket(), levels[i].limit(), over);
          levels[i].gaveBack(over);
        }
      }
      answered(tank, began);
    } catch (RuntimeException e) {
      for (QuotaWait call : calls) {
        refund(tank, call, pools, funded);
      }
      failed(tank, calls, pools, began, e);
    }
  }

  /** Fetches what the calls need of one level and what the tank has room for. */
  private void draw(QuotaLevel level, List<QuotaWait> calls, long[] pools, int index) {
    pools[index] = level.takeSurplus();
    long needed = 0;
    for (QuotaWait call : calls) {
      needed += level.limit().tokens(call.rows());
    }
    if (level.held() >= needed && !level.low(ticker.nanos())) {
      return;
    }
    long wanted = needed + level.lease() - level.held() - pools[index];
    if (wanted > 0) {
      QuotaBuckets.Draw draw = buckets.draw(level.bucket(), level.limit(), wanted);
      level.saw(draw, ticker.nanos());
      pools[index] += draw.taken();
    }
  }

  /** Sets tokens of one level aside for the calls, the oldest first, and refuses the others. */
  private List<QuotaWait> fundable(QuotaTank tank, List<QuotaWait> calls, long[] pools, int index) {
    QuotaLevel level = tank.levels()[index];
    List<QuotaWait> funded = new ArrayList<>(calls.size());
    List<QuotaWait> lacking = new ArrayList<>();
    for (QuotaWait call : calls) {
      long needed = level.limit().tokens(call.rows());
      long fromPool = Math.min(pools[index], needed);
      if (fromPool == needed || level.take(needed - fromPool)) {
        pools[index] -= fromPool;
        funded.add(call);
      } else {
        lacking.add(call);
      }
    }
    for (QuotaWait call : lacking) {
      refund(tank, call, pools, index);
      boolean ignored = call.settle(tank.spent(level, call.rows(), ticker.nanos()));
    }
    return funded;
  }

  /** What was set aside for a call of the levels before {@code end} can be had by others. */
  private static void refund(QuotaTank tank, QuotaWait call, long[] pools, int end) {
    for (int i = 0; i < end; i++) {
      pools[i] += tank.levels()[i].limit().tokens(call.rows());
    }
  }

  /** Answers calls for which everything is set aside. */
  private void settle(QuotaTank tank, List<QuotaWait> calls, long[] pools) {
    for (QuotaWait call : calls) {
      if (call.settled()) {
        refund(tank, call, pools, pools.length);
        continue;
      }
      QuotaAnswer.Settled answer = tank.fly(call.rows(), ticker.nanos());
      if (!call.settle(answer) && answer instanceof QuotaTicket ticket) {
        ticket.giveBack();
      }
    }
  }

  private void answered(QuotaTank tank, long began) {
    tank.lostUntil(null);
    if (!reached) {
      reached = true;
      LOG.info("Quotas are shared with other replicas again");
    }
    listener.leaseEnded(ticker.nanos() - began, false);
  }

  /** Nobody knows what is left: calls that wait are refused, and nothing is granted for them. */
  private void failed(
      QuotaTank tank, List<QuotaWait> calls, long[] pools, long began, RuntimeException cause) {
    long now = ticker.nanos();
    tank.lostUntil(now + LOST_PAUSE.toNanos());
    for (int i = 0; i < pools.length; i++) {
      // What finds no place is lost, as is what a question took whose answer did not come.
      long ignored = tank.levels()[i].fill(pools[i]);
    }
    if (reached) {
      reached = false;
      LOG.warn("Quotas cannot be shared with other replicas; what is held can be spent", cause);
    }
    listener.leaseEnded(now - began, true);
    for (QuotaWait call : calls) {
      boolean ignored = call.settle(lost(tank, now));
    }
  }

  /** Refuses a call of which nobody can say whether there is quota. */
  static QuotaAnswer.Refused lost(QuotaTank tank, long nowNanos) {
    return new QuotaAnswer.Refused(
        new Refusal.DependencyLost(LOST_PAUSE), null, tank.standing(nowNanos));
  }

  /**
   * Gives back what a tank holds that is to hold nothing any more, and refuses the calls that wait
   * there. What cannot be given back is lost.
   */
  void giveBack(QuotaTank tank) {
    for (QuotaWait call : tank.takeWaiting()) {
      boolean ignored = call.settle(lost(tank, ticker.nanos()));
    }
    for (QuotaLevel level : tank.levels()) {
      long unused = level.drain();
      if (unused > 0) {
        try {
          buckets.giveBack(level.bucket(), level.limit(), unused);
        } catch (RuntimeException e) {
          LOG.debugf(e, "%d tokens of %s were not given back", unused, level.bucket());
        }
      }
    }
  }

  /** Removes shared buckets that have been full for long. */
  void clean() {
    try {
      buckets.removeExpired();
    } catch (RuntimeException e) {
      LOG.debug("Full buckets were not removed", e);
    }
  }
}
