package dev.gatehouse.access;

/**
 * How quotas are shared among replicas.
 *
 * @param leasePercent how much of a quota one replica takes from the shared bucket at once, and
 *     holds at most, in percent of what the bucket holds; 1 to 100
 */
public record QuotaSettings(int leasePercent) {

  /** The default of {@link #leasePercent}. */
  public static final int LEASE_PERCENT_DEFAULT = 10;

  /**
   * Checks the value.
   *
   * @throws IllegalArgumentException if it is out of bounds
   */
  public QuotaSettings {
    if (leasePercent < 1 || leasePercent > 100) {
      throw new IllegalArgumentException("lease percent must be 1 to 100");
    }
  }

  /** The tokens of a bucket of {@code capacity} that a replica holds at most; at least 1. */
  long lease(long capacity) {
    return Math.max(1, Math.ceilDiv(capacity * leasePercent, 100));
  }
}
