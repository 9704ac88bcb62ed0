package dev.gatehouse.access;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * What the room is told by the configuration.
 *
 * @param issuer the OIDC issuer whose tokens are accepted, exactly as its {@code iss} claim has it
 * @param audience what the {@code aud} claim of a token must contain
 * @param signatureAlgorithms the JWS algorithms accepted; asymmetric ones only
 * @param clockSkew how far the issuer's clock may be off; at most {@link #CLOCK_SKEW_MAX}
 * @param keysAgeMax how long fetched keys are trusted while the issuer is out of reach
 * @param snapshotRefreshInterval how often changes of other replicas are looked for
 * @param snapshotAgeMax how long decisions go on from memory while the database is out of reach
 * @param tokenCacheEntriesMax how many verified tokens are remembered
 * @param grantLifetimeMax how far ahead the expiry of a new grant may lie
 * @param bootstrapAdministrators the subjects at {@code issuer} that become administrators when
 *     there is none
 * @param stepUpAcrs the authentication context classes that count as strong logins; the first is
 *     the one to ask for
 * @param stepUpAgeMax how long ago a strong login may be
 * @param throttleRowsPerSecond how many rows a second a throttled caller may send to this replica
 */
public record AccessSettings(
    String issuer,
    String audience,
    Set<String> signatureAlgorithms,
    Duration clockSkew,
    Duration keysAgeMax,
    Duration snapshotRefreshInterval,
    Duration snapshotAgeMax,
    int tokenCacheEntriesMax,
    Duration grantLifetimeMax,
    List<String> bootstrapAdministrators,
    List<String> stepUpAcrs,
    Duration stepUpAgeMax,
    int throttleRowsPerSecond) {

  /** Every algorithm that may be allowed, and the default: RSA and ECDSA with SHA-2. */
  public static final Set<String> SIGNATURE_ALGORITHMS =
      Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512");

  /** The largest clock skew; the token library is set to it, and the room may only be stricter. */
  public static final Duration CLOCK_SKEW_MAX = Duration.ofSeconds(60);

  /** The longest life of a token: one that lasts longer is accepted for so long only. */
  public static final Duration TOKEN_LIFETIME_MAX = Duration.ofHours(24);

  /** The default of {@link #keysAgeMax}. */
  public static final Duration KEYS_AGE_MAX_DEFAULT = Duration.ofHours(24);

  /** The default of {@link #snapshotRefreshInterval}. */
  public static final Duration SNAPSHOT_REFRESH_INTERVAL_DEFAULT = Duration.ofSeconds(2);

  /** The default of {@link #snapshotAgeMax}. */
  public static final Duration SNAPSHOT_AGE_MAX_DEFAULT = Duration.ofSeconds(60);

  /** The default of {@link #tokenCacheEntriesMax}. */
  public static final int TOKEN_CACHE_ENTRIES_MAX_DEFAULT = 10_000;

  /** The default of {@link #grantLifetimeMax}. */
  public static final Duration GRANT_LIFETIME_MAX_DEFAULT = Duration.ofDays(366);

  /** The default of {@link #stepUpAcrs}. */
  public static final List<String> STEP_UP_ACRS_DEFAULT = List.of("aal2");

  /** The default of {@link #stepUpAgeMax}. */
  public static final Duration STEP_UP_AGE_MAX_DEFAULT = Duration.ofMinutes(15);

  /** The default of {@link #throttleRowsPerSecond}. */
  public static final int THROTTLE_ROWS_PER_SECOND_DEFAULT = 10;

  /** The largest {@link #throttleRowsPerSecond}. */
  public static final int THROTTLE_ROWS_PER_SECOND_MAX = 1_000_000;

  /**
   * Checks and copies.
   *
   * @throws IllegalArgumentException if a value is missing or out of bounds
   */
  public AccessSettings {
    require(!issuer.isBlank(), "issuer must not be blank");
    require(!audience.isBlank() && !audience.equals("any"), "audience must name one audience");
    signatureAlgorithms = Set.copyOf(signatureAlgorithms);
    require(
        !signatureAlgorithms.isEmpty() && SIGNATURE_ALGORITHMS.containsAll(signatureAlgorithms),
        "signature algorithms must be some of " + SIGNATURE_ALGORITHMS);
    require(
        !clockSkew.isNegative() && clockSkew.compareTo(CLOCK_SKEW_MAX) <= 0,
        "clock skew must lie between 0 and " + CLOCK_SKEW_MAX);
    require(keysAgeMax.isPositive(), "keys age must be positive");
    require(snapshotRefreshInterval.isPositive(), "snapshot refresh interval must be positive");
    require(
        snapshotAgeMax.compareTo(snapshotRefreshInterval) > 0,
        "snapshot age must exceed the snapshot refresh interval");
    require(tokenCacheEntriesMax > 0, "token cache entries must be positive");
    require(grantLifetimeMax.isPositive(), "grant lifetime must be positive");
    bootstrapAdministrators = List.copyOf(bootstrapAdministrators);
    stepUpAcrs = List.copyOf(stepUpAcrs);
    require(!stepUpAcrs.isEmpty(), "step-up acr values must not be empty");
    require(
        stepUpAcrs.stream().allMatch(AccessSettings::acrValid),
        "step-up acr values must be visible ASCII without quotes and backslashes");
    require(stepUpAgeMax.isPositive(), "step-up age must be positive");
    require(
        throttleRowsPerSecond > 0 && throttleRowsPerSecond <= THROTTLE_ROWS_PER_SECOND_MAX,
        "throttle rows per second must be 1 to " + THROTTLE_ROWS_PER_SECOND_MAX);
  }

  /** Whether {@code acr} can stand in a challenge, where it is part of a list in quotes. */
  public static boolean acrValid(String acr) {
    return !acr.isEmpty()
        && acr.chars().allMatch(c -> c > ' ' && c < 0x7F && c != '"' && c != '\\');
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
