package dev.gatehouse.access;

import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.Role;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
   * @param login how its subject logged in
   */
  record Good(
      String issuer,
      String subject,
      Set<Role> roles,
      Instant issueTime,
      Instant expireTime,
      Login login)
      implements Verification {}

  /**
   * What a token says of the login it comes from.
   *
   * @param acr its {@code acr}: how strong the login was; empty if it does not say
   * @param authTime its {@code auth_time}: when somebody proved who it is; {@link Instant#MIN} if
   *     it does not say
   * @param sessionId its {@code sid}; or null
   * @param clientId its {@code azp}; or null
   * @param certificateThumbprint its {@code cnf/x5t#S256}: the certificate it is bound to; or null
   */
  record Login(
      String acr,
      Instant authTime,
      @Nullable String sessionId,
      @Nullable String clientId,
      @Nullable String certificateThumbprint) {

    /** Of a token that says nothing. */
    static final Login NONE = new Login("", Instant.MIN, null, null, null);
  }

  /**
   * It is not.
   *
   * @param cause why
   */
  record Bad(AuthenticationFailure cause) implements Verification {}
}
