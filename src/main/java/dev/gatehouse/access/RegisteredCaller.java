package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import java.time.Instant;
import java.util.Set;

/**
 * A principal of the identity provider that may call the gateway.
 *
 * @param id its name here
 * @param displayName what people call it; may be empty
 * @param team the team it belongs to
 * @param kind what sort of principal it is
 * @param issuer the issuer of its tokens
 * @param subject its subject at the issuer
 * @param roles the most it may be; its token must name a role too for it to count
 * @param standing whether it is let in
 * @param etag changes with every change of this registration
 * @param createTime when it was registered
 * @param updateTime when it was last changed
 */
public record RegisteredCaller(
    CallerId id,
    String displayName,
    TeamName team,
    CallerKind kind,
    String issuer,
    String subject,
    Set<Role> roles,
    Standing standing,
    String etag,
    Instant createTime,
    Instant updateTime) {

  /** Copies the roles. */
  public RegisteredCaller {
    roles = Set.copyOf(roles);
  }
}
