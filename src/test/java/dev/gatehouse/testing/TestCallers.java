package dev.gatehouse.testing;

import dev.gatehouse.core.AuthenticationStrength;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.Credential;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Set;

/** Authenticated callers for tests that are not about authentication. */
public final class TestCallers {

  private TestCallers() {}

  /** A service that calls from the loopback address with a bearer token. */
  public static Caller caller(
      CallerId id, TeamName team, Set<Role> roles, String fingerprint, Instant expireTime) {
    return new Caller(
        id,
        team,
        CallerKind.SERVICE,
        roles,
        false,
        new Credential(
            fingerprint,
            AuthenticationStrength.TOKEN,
            false,
            Instant.EPOCH,
            expireTime,
            Instant.MIN,
            null,
            null,
            null),
        InetAddress.getLoopbackAddress());
  }
}
