package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import java.time.Instant;
import java.util.Set;

/**
 * Somebody who may call the gateway.
 *
 * @param id its name here
 * @param displayName what people call it; may be empty
 * @param team the team it belongs to
 * @param kind what sort of principal it is
 * @param issuer the issuer of its tokens; empty if it has none
 * @param subject its subject at the issuer; empty if it calls with API keys only
 * @param clientId the client at the identity provider that was made for it; empty if none was
 * @param roles the most it may be; its token must name a role too for it to count
 * @param standing whether it is let in
 * @param certificateBoundRequired whether only tokens bound to the connection's certificate count
 * @param automationAllowed whether it may do without a person what people need a step-up for
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
    String clientId,
    Set<Role> roles,
    Standing standing,
    boolean certificateBoundRequired,
    boolean automationAllowed,
    String etag,
    Instant createTime,
    Instant updateTime) {

  /** Copies the roles. */
  public RegisteredCaller {
    roles = Set.copyOf(roles);
  }
}
