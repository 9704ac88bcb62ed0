package dev.gatehouse.core;

import java.net.InetAddress;
import java.time.Instant;
import java.util.Set;

/**
 * An authenticated, registered principal, as one credential on one connection proved it.
 *
 * @param id the id of its registration
 * @param team the team it belongs to
 * @param kind what sort of principal it is
 * @param roles the roles which both its registration and its credential name
 * @param automation whether it may do without a person what people need a step-up for
 * @param credential what is known of the credential
 * @param address where it calls from
 */
public record Caller(
    CallerId id,
    TeamName team,
    CallerKind kind,
    Set<Role> roles,
    boolean automation,
    Credential credential,
    InetAddress address) {

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

  /** The fingerprint of its credential. */
  public String credentialFingerprint() {
    return credential.fingerprint();
  }

  /** When its credential ends. */
  public Instant credentialExpiry() {
    return credential.expireTime();
  }

  /** The same principal, calling from {@code other}. */
  public Caller from(InetAddress other) {
    return new Caller(id, team, kind, roles, automation, credential, other);
  }
}
