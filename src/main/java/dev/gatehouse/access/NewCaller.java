package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
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
 * @param issuer the issuer of its tokens, which must be the configured one
 * @param subject its subject at the issuer; 1 to {@link Fields#SUBJECT_CHARS_MAX} characters
 * @param roles the most it may be, at least one
 */
public record NewCaller(
    CallerId id,
    String displayName,
    TeamName team,
    CallerKind kind,
    String issuer,
    String subject,
    Set<Role> roles) {

  /** Copies the roles. */
  public NewCaller {
    roles = Set.copyOf(roles);
  }
}
