package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import java.util.Set;

/**
 * What is wanted of a caller that is not registered yet; it will be {@link Standing#ACTIVE}.
 *
 * @param id its name, which never changes
 * @param displayName what people call it; at most {@link Fields#DISPLAY_NAME_CHARS_MAX} characters
 * @param team the team it belongs to
 * @param kind what sort of principal it is
 * @param issuer the issuer of its tokens, which must be the configured one; empty without a subject
 * @param subject its subject at the issuer; at most {@link Fields#SUBJECT_CHARS_MAX} characters;
 *     empty for a service or partner that calls with API keys only
 * @param clientId the client at the identity provider that was made for it; empty if none was
 * @param roles the most it may be, at least one
 * @param certificateBoundRequired whether only tokens bound to the connection's certificate count
 * @param automationAllowed whether it may do without a person what people need a step-up for; not
 *     for people
 */
public record NewCaller(
    CallerId id,
    String displayName,
    TeamName team,
    CallerKind kind,
    String issuer,
    String subject,
    String clientId,
    Set<Role> roles,
    boolean certificateBoundRequired,
    boolean automationAllowed) {

  /** Copies the roles. */
  public NewCaller {
    roles = Set.copyOf(roles);
  }
}
