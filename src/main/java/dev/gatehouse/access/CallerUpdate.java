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
 */
public record CallerUpdate(
    Optional<String> displayName,
    Optional<TeamName> team,
    Optional<Set<Role>> roles,
    Optional<Standing> standing) {

  /** The change of nothing, to build others from. */
  public static final CallerUpdate NOTHING =
      new CallerUpdate(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  /** Copies the roles. */
  public CallerUpdate {
    roles = roles.map(Set::copyOf);
  }

  /** This and a new display name. */
  public CallerUpdate withDisplayName(String newDisplayName) {
    return new CallerUpdate(Optional.of(newDisplayName), team, roles, standing);
  }

  /** This and a new team. */
  public CallerUpdate withTeam(TeamName newTeam) {
    return new CallerUpdate(displayName, Optional.of(newTeam), roles, standing);
  }

  /** This and new roles. */
  public CallerUpdate withRoles(Set<Role> newRoles) {
    return new CallerUpdate(displayName, team, Optional.of(newRoles), standing);
  }

  /** This and a new standing. */
  public CallerUpdate withStanding(Standing newStanding) {
    return new CallerUpdate(displayName, team, roles, Optional.of(newStanding));
  }
}
