package dev.gatehouse.access;

import dev.gatehouse.core.QuotaKind;
import dev.gatehouse.core.Refusal;
import org.jspecify.annotations.Nullable;

/** The answer to "is there quota left for this call?". */
public sealed interface QuotaAnswer {

  /** It is decided. */
  sealed interface Settled extends QuotaAnswer permits QuotaTicket, Refused {}

  /** It is being asked elsewhere; the answer comes. */
  sealed interface Unsettled extends QuotaAnswer permits QuotaWait {}

  /**
   * There is none, or nobody knows.
   *
   * @param refusal what the caller is told
   * @param kind the quota that is spent, or null if it was something else
   * @param standing what is left, or null if it is not known
   */
  record Refused(Refusal refusal, @Nullable QuotaKind kind, @Nullable QuotaStanding standing)
      implements Settled {}
}
