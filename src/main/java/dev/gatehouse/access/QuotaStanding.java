package dev.gatehouse.access;

import dev.gatehouse.core.QuotaKind;
import java.util.List;

/**
 * What is left of the quotas of one grant, as far as this replica knows: what it holds itself, and
 * what it last saw in the shared buckets.
 *
 * @param parts one for each quota that the grant has
 */
public record QuotaStanding(List<Part> parts) {

  /**
   * What is left of one quota.
   *
   * @param kind what it counts
   * @param quota how large it is
   * @param windowSeconds the time in which so much is granted on average; 0 for calls in flight
   * @param left how much is left
   * @param resetSeconds in how many seconds there is more, rounded up; 0 for calls in flight, whose
   *     end nobody knows
   */
  public record Part(
      QuotaKind kind, long quota, long windowSeconds, long left, long resetSeconds) {}

  /** Copies the list. */
  public QuotaStanding {
    parts = List.copyOf(parts);
  }
}
