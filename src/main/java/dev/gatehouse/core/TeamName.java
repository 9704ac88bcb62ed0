package dev.gatehouse.core;

/**
 * The name of a team: it owns models and callers.
 *
 * @param value {@code [a-z0-9-]{1,63}}
 */
public record TeamName(String value) {

  /**
   * Checks the name.
   *
   * @throws IllegalArgumentException if it does not match the pattern
   */
  public TeamName {
    Names.require("team name", value);
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
