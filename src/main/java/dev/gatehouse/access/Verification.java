package dev.gatehouse.access;

import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.Role;
import java.time.Instant;
import java.util.Set;

/** What came of checking a token, before anybody asks who is registered. */
sealed interface Verification {

  /**
   * It is good.
   *
   * @param issuer its {@code iss}
   * @param subject its {@code sub}
   * @param roles those of its roles that mean something here
   * @param issueTime its {@code iat}
   * @param expireTime its {@code exp}
   */
  record Good(String issuer, String subject, Set<Role> roles, Instant issueTime, Instant expireTime)
      implements Verification {}

  /**
   * It is not.
   *
   * @param cause why
   */
  record Bad(AuthenticationFailure cause) implements Verification {}
}
