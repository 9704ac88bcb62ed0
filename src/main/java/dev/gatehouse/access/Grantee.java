package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.TeamName;

/** Who is granted something. */
public sealed interface Grantee {

  /**
   * One registered caller.
   *
   * @param caller its id
   */
  record ToCaller(CallerId caller) implements Grantee {}

  /**
   * Every caller of a team, as its members come and go.
   *
   * @param team its name; it need not have members
   */
  record ToTeam(TeamName team) implements Grantee {}
}
