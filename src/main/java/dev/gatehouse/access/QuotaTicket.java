package dev.gatehouse.access;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What one call has taken of its grant's quotas: it counts as in flight until exactly one of {@link
 * #spend} and {@link #giveBack} was called. Further calls of either do nothing.
 */
public final class QuotaTicket implements QuotaAnswer.Settled {

  private final QuotaTank tank;
  private final int rows;
  private final QuotaStanding standing;
  private final AtomicBoolean ended = new AtomicBoolean();

  QuotaTicket(QuotaTank tank, int rows, QuotaStanding standing) {
    this.tank = tank;
    this.rows = rows;
    this.standing = standing;
  }

  /** What was left when it was taken. */
  public QuotaStanding standing() {
    return standing;
  }

  /** The call has ended, and may have run: it is in flight no more. */
  public void spend() {
    if (ended.compareAndSet(false, true)) {
      tank.leave();
    }
  }

  /** The call never ran: what it has taken can be had by others. */
  public void giveBack() {
    if (ended.compareAndSet(false, true)) {
      tank.leave();
      tank.putBack(rows);
    }
  }
}
