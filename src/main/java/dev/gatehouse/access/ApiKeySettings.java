package dev.gatehouse.access;

import java.time.Duration;

/**
 * What the room is told about API keys.
 *
 * @param lifetimeMax how far ahead the expiry of a new key may lie; positive
 */
public record ApiKeySettings(Duration lifetimeMax) {

  /** The default of {@link #lifetimeMax}. */
  public static final Duration LIFETIME_MAX_DEFAULT = Duration.ofDays(366);

  /**
   * Checks.
   *
   * @throws IllegalArgumentException if the lifetime is not positive
   */
  public ApiKeySettings {
    if (!lifetimeMax.isPositive()) {
      throw new IllegalArgumentException("API key lifetime must be positive");
    }
  }
}
