package dev.gatehouse.core;

import java.time.Instant;
import java.util.Set;

/**
 * An authenticated, registered principal, as one credential proved it.
 *
 * @param id the id of its registration
 * @param team the team it belongs to
 * @param roles the roles which both its registration and its credential name
 * @param credentialFingerprint the first 16 hex digits of the SHA-256 of the credential; tells
 *     credentials apart in the record without giving them away
 * @param credentialExpiry when the credential ends
 */
public record Caller(
    CallerId id,
    TeamName team,
    Set<Role> roles,
    String credentialFingerprint,
    Instant credentialExpiry) {

  /** Copies the roles. */
  public Caller {
    roles = Set.copyOf(roles);
  }

  /** Whether one of its roles holds {@code right}. */
  public boolean holds(Right right) {
    for (Role role : roles) {
      if (role.rights().contains(right)) {
        return true;
      }
    }
    return false;
  }

  /** Whether it acts for all teams. */
  public boolean administrator() {
    return roles.contains(Role.ADMINISTRATOR);
  }
}
