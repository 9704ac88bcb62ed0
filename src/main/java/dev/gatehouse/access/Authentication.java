package dev.gatehouse.access;

import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Refusal;

/** The outcome of checking one credential. */
public sealed interface Authentication {

  /**
   * The credential is good and belongs to a registered, active caller.
   *
   * @param caller who that is
   */
  record Accepted(Caller caller) implements Authentication {}

  /**
   * The credential is not accepted.
   *
   * @param refusal what the caller is told
   * @param cause why, for the metrics and the log only
   */
  record Refused(Refusal refusal, AuthenticationFailure cause) implements Authentication {}
}
