package dev.gatehouse.serving;

import dev.gatehouse.access.NewRestriction;
import dev.gatehouse.access.Restriction;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.registry.Page;
import org.jspecify.annotations.Nullable;

/** Holds callers to less for a while, and lets them go. */
public final class RestrictionAdministration {

  /**
   * Holds a caller to less, as a person wants it.
   *
   * @param requestId makes a repetition return what the first one made; or empty
   */
  public Restriction restrict(Caller by, NewRestriction wanted, String requestId) {
    throw new UnsupportedOperationException();
  }

  /** What came of what the policy wants. */
  public sealed interface Outcome {
    /** The caller is held to it, now or since before. */
    record Restricted(Restriction restriction) implements Outcome {}

    /** So many callers as may be were restricted by the policy within the last hour. */
    record Limited() implements Outcome {}

    /** The caller has a role of administration, or is not registered any more. */
    record Spared() implements Outcome {}
  }

  /**
   * Holds a caller to less, as the policy wants it. A caller that is held to as much or more
   * already stays as it is.
   *
   * @param callersPerHourMax so many different callers the policy may restrict within an hour, on
   *     all replicas together
   */
  public Outcome restrictByPolicy(NewRestriction wanted, int callersPerHourMax) {
    throw new UnsupportedOperationException();
  }

  /** Ends a restriction before its time. */
  public Restriction release(Caller by, String id) {
    throw new UnsupportedOperationException();
  }

  /** A restriction, ended ones included. */
  public Restriction get(String id) {
    throw new UnsupportedOperationException();
  }

  /** A page of restrictions, the latest first. */
  public Page<Restriction> list(
      int pageSize, String pageToken, @Nullable CallerId caller, boolean active) {
    throw new UnsupportedOperationException();
  }
}
