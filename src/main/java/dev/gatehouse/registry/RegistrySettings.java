package dev.gatehouse.registry;

/**
 * The bounds of the registry that an operator may choose.
 *
 * @param versionsPerModelMax the most versions of one model, 1 to {@link #VERSIONS_PER_MODEL_LIMIT}
 * @param deployedVersionsMax the most versions meant to be deployed at once, over all models, 1 to
 *     {@link #DEPLOYED_VERSIONS_LIMIT}
 */
public record RegistrySettings(int versionsPerModelMax, int deployedVersionsMax) {

  /** The largest bound of versions that one model may be given. */
  public static final int VERSIONS_PER_MODEL_LIMIT = 10_000;

  /** The largest bound of deployed versions. */
  public static final int DEPLOYED_VERSIONS_LIMIT = 10_000;

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public RegistrySettings {
    if (versionsPerModelMax < 1 || versionsPerModelMax > VERSIONS_PER_MODEL_LIMIT) {
      throw new IllegalArgumentException(
          "a model has 1 to " + VERSIONS_PER_MODEL_LIMIT + " versions at most");
    }
    if (deployedVersionsMax < 1 || deployedVersionsMax > DEPLOYED_VERSIONS_LIMIT) {
      throw new IllegalArgumentException(
          "1 to " + DEPLOYED_VERSIONS_LIMIT + " versions are deployed at most");
    }
  }
}
