package dev.gatehouse.core;

/**
 * The name of a model, unique in a gateway.
 *
 * @param value {@code [a-z0-9-]{1,63}}
 */
public record ModelName(String value) {

  /**
   * Checks the name.
   *
   * @throws IllegalArgumentException if it does not match the pattern
   */
  public ModelName {
    Names.require("model name", value);
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
