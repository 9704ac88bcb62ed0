package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;

/**
 * The name of an access review.
 *
 * @param value {@code [a-z0-9-]{1,63}}
 */
public record AccessReviewId(String value) {

  /**
   * Checks the name.
   *
   * @throws IllegalArgumentException if it does not match the pattern
   */
  public AccessReviewId {
    if (!valid(value)) {
      throw new IllegalArgumentException("access review id must match [a-z0-9-]{1,63}");
    }
  }

  /** Whether {@code value} would be accepted. */
  public static boolean valid(String value) {
    return CallerId.valid(value);
  }

  @Override
  public String toString() {
    return value;
  }
}
