package dev.gatehouse.access;

import dev.gatehouse.core.Refusal;

/** The answer to "may this caller do this to this model?". */
public sealed interface Decision {

  /**
   * It may.
   *
   * @param grant the grant of that model which allows it, for the audit record
   */
  record Allowed(GrantId grant) implements Decision {}

  /**
   * It may not.
   *
   * @param refusal what the caller is told
   */
  record Denied(Refusal refusal) implements Decision {}
}
