package dev.gatehouse.core;

/**
 * The name of a registered caller, safe to use as a metric label.
 *
 * @param value {@code [a-z0-9-]{1,63}}
 */
public record CallerId(String value) {

  /**
   * Checks the name.
   *
   * @throws IllegalArgumentException if it does not match the pattern
   */
  public CallerId {
    Names.require("caller id", value);
  }

  /** Whether {@code value} would be accepted. */
  public static boolean valid(String value) {
    return Names.valid(value);
  }

  @Override
  public String toString() {
    return value;
  }
}
