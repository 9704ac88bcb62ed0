package dev.gatehouse.abuse.traffic;

/**
 * A rate over a short window and the most that is usual for it.
 *
 * @param perSecond what it is now
 * @param usual what its peaks in ten minutes usually are, or 0 where that is not known yet
 * @param limit the most that is usual; never less than the configured floor
 * @param basis what the limit was taken from
 */
public record Rate(double perSecond, double usual, double limit, Basis basis) {

  /** Where a limit comes from. */
  public enum Basis {
    /** The caller's own history. */
    OWN,
    /** Callers of its team, or all, because its own history is short. */
    PEERS,
    /** The configured ceiling, because there are too few peers with a history. */
    CEILING
  }

  /** How far it is beyond the limit: 1 at the limit, more beyond it. */
  public double excess() {
    return perSecond / limit;
  }
}
