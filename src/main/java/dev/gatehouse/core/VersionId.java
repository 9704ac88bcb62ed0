package dev.gatehouse.core;

/**
 * The name of one immutable version of a model, chosen at upload and unique in its model.
 *
 * @param value {@code [a-z0-9-]{1,63}}
 */
public record VersionId(String value) {

  /**
   * Checks the name.
   *
   * @throws IllegalArgumentException if it does not match the pattern
   */
  public VersionId {
    Names.require("version id", value);
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
