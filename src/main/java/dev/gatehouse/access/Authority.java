package dev.gatehouse.access;

import dev.gatehouse.core.Refusal;

/**
 * On what ground a caller administers a model, or why it may not.
 *
 * <p>What denies wins over each of the grounds, with one exception: an administrator cannot be
 * denied {@link Action#ADMINISTER_GRANTS}, so that there is always somebody who can take a denial
 * back.
 */
public sealed interface Authority {

  /** The model is its team's, or it acts for all teams: it holds everything on the model. */
  record Whole() implements Authority {}

  /**
   * A grant allows it that action; it holds what its grants say.
   *
   * @param grant the grant of that model
   */
  record Delegated(GrantId grant) implements Authority {}

  /**
   * It may not.
   *
   * @param refusal what the caller is told
   */
  record None(Refusal refusal) implements Authority {}
}
