package dev.gatehouse.access;

/**
 * One difference between the identity provider and the registrations.
 *
 * @param kind what differs
 * @param caller the caller's id; empty if none is registered
 * @param clientId the client's id
 */
public record IdentityDrift(Kind kind, String caller, String clientId) {

  /** What differs. */
  public enum Kind {
    /** A caller is registered with a client that is not there. */
    CLIENT_MISSING,
    /** A client that was made by a gateway belongs to no registered caller. */
    CLIENT_UNREGISTERED,
    /** The caller is active and its client disabled. */
    CLIENT_DISABLED,
    /** The caller is suspended and its client enabled. */
    CLIENT_ENABLED,
    /** The client's tokens carry another subject than the caller is registered with. */
    SUBJECT_DIFFERS,
    /** The client's tokens do not name the gateway as their audience. */
    AUDIENCE_MISSING,
    /** The roles of the client's tokens are not those of the caller. */
    ROLES_DIFFER
  }
}
