package dev.gatehouse.access;

import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import java.util.Optional;
import java.util.Set;

/**
 * The changes wanted of a registered caller; what is empty stays as it is.
 *
 * @param displayName the new display name
 * @param team the new team
 * @param roles the new roles, at least one
 * @param standing the new standing
 * @param certificateBoundRequired whether only tokens bound to the connection's certificate count
 * @param automationAllowed whether it may do without a person what people need a step-up for
 */
public record CallerUpdate(
    Optional<String> displayName,
    Optional<TeamName> team,
    Optional<Set<Role>> roles,
    Optional<Standing> standing,
    Optional<Boolean> certificateBoundRequired,
    Optional<Boolean> automationAllowed) {

  /** The change of nothing, to build others from. */
  public static final CallerUpdate NOTHING =
      new CallerUpdate(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  /** Copies the roles. */
  public CallerUpdate {
    roles = roles.map(Set::copyOf);
  }

  /** This and a new display name. */
  public CallerUpdate withDisplayName(String newDisplayName) {
    return new CallerUpdate(
        Optional.of(newDisplayName),
        team,
        roles,
        standing,
        certificateBoundRequired,
        automationAllowed);
  }

  /** This and a new team. */
  public CallerUpdate withTeam(TeamName newTeam) {
    return new CallerUpdate(
        displayName,
        Optional.of(newTeam),
        roles,
        standing,
        certificateBoundRequired,
        automationAllowed);
  }

  /** This and new roles. */
  public CallerUpdate withRoles(Set<Role> newRoles) {
    return new CallerUpdate(
        displayName,
        team,
        Optional.of(newRoles),
        standing,
        certificateBoundRequired,
        automationAllowed);
  }

  /** This and a new standing. */
  public CallerUpdate withStanding(Standing newStanding) {
    return new CallerUpdate(
        displayName,
        team,
        roles,
        Optional.of(newStanding),
        certificateBoundRequired,
        automationAllowed);
  }

  /** This, and whether only tokens bound to the connection's certificate count. */
  public CallerUpdate withCertificateBoundRequired(boolean required) {
    return new CallerUpdate(
        displayName, team, roles, standing, Optional.of(required), automationAllowed);
  }

  /** This, and whether it may do without a person what people need a step-up for. */
  public CallerUpdate withAutomationAllowed(boolean allowed) {
    return new CallerUpdate(
        displayName, team, roles, standing, certificateBoundRequired, Optional.of(allowed));
  }
}
