package dev.gatehouse.access;

import dev.gatehouse.core.ModelName;
import java.util.Optional;

/**
 * What is wanted of an access review that does not exist yet.
 *
 * @param id its name, or empty to have one made
 * @param displayName what people call it; may be empty; at most 200 characters
 * @param model the model it is about; empty for all
 * @param unusedDays a grant counts as unused that was not used for so many days, 1 to {@link
 *     #DAYS_MAX}
 * @param expiringDays a grant counts as expiring that ends within so many days, 1 to {@link
 *     #DAYS_MAX}
 */
public record NewAccessReview(
    Optional<AccessReviewId> id,
    String displayName,
    Optional<ModelName> model,
    int unusedDays,
    int expiringDays) {

  /** The most days: ten years. */
  public static final int DAYS_MAX = 3660;

  /** After how many days without a use a grant counts as unused, if nothing is said. */
  public static final int UNUSED_DAYS_DEFAULT = 90;

  /** How many days before its end a grant counts as expiring, if nothing is said. */
  public static final int EXPIRING_DAYS_DEFAULT = 30;
}
