package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;

/**
 * The name of an API key, unique among the keys of all callers; it is no secret.
 *
 * @param value {@code [a-z0-9-]{1,63}}
 */
public record ApiKeyId(String value) {

  /**
   * Checks the name.
   *
   * @throws IllegalArgumentException if it does not match the pattern
   */
  public ApiKeyId {
    if (!valid(value)) {
      throw new IllegalArgumentException("API key id must match [a-z0-9-]{1,63}");
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
