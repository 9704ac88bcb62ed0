package dev.gatehouse.testing;

import dev.gatehouse.core.SystemTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tokens of services and people, each kept until it nears its end; safe for several threads.
 *
 * <p>Those of people come from a login with password and one-time code. They are refreshed, which
 * changes nothing about when that was, and had anew before it is too long ago for what needs it.
 */
public final class HeldTokens {

  /** What a token must last yet to be handed out. */
  private static final Duration LEFT_MIN = Duration.ofMinutes(2);

  /** The gateway takes fifteen minutes unless it is told otherwise. */
  private static final Duration LOGIN_AGE_MAX = Duration.ofMinutes(10);

  private final OidcLogin login;
  private final Map<String, OidcLogin.Tokens> held = new ConcurrentHashMap<>();

  /** None at first. */
  public HeldTokens(OidcLogin login) {
    this.login = login;
  }

  /** Those of {@link KeycloakServer#shared()}, for every gateway that trusts it. */
  public static HeldTokens shared() {
    return Shared.TOKENS;
  }

  private static final class Shared {
    static final HeldTokens TOKENS = new HeldTokens(KeycloakServer.shared().login());
  }

  /** A token of {@code service} that lasts for some minutes. */
  public OidcLogin.Tokens of(Realm.Service service) {
    return held.compute(
        service.clientId(),
        (id, known) -> known != null && lasting(known) ? known : login.service(service));
  }

  /** A token of {@code person} that lasts for some minutes, from a recent login with a code. */
  public OidcLogin.Tokens of(Realm.Person person) {
    return held.compute(person.username(), (name, known) -> of(person, Optional.ofNullable(known)));
  }

  private OidcLogin.Tokens of(Realm.Person person, Optional<OidcLogin.Tokens> known) {
    Optional<OidcLogin.Tokens> recent = known.filter(HeldTokens::recent);
    if (recent.filter(HeldTokens::lasting).isPresent()) {
      return recent.get();
    }
    return recent
        .flatMap(OidcLogin.Tokens::refreshToken)
        .map(refresh -> login.refresh(Realm.CLI, refresh))
        .orElseGet(() -> login.person(person));
  }

  private static boolean lasting(OidcLogin.Tokens tokens) {
    return now().plus(LEFT_MIN).isBefore(claim(tokens, "exp"));
  }

  private static boolean recent(OidcLogin.Tokens tokens) {
    return now().minus(LOGIN_AGE_MAX).isBefore(claim(tokens, "auth_time"));
  }

  private static Instant claim(OidcLogin.Tokens tokens, String name) {
    return Instant.ofEpochSecond(tokens.claims().path(name).asLong());
  }

  private static Instant now() {
    return SystemTime.wall().instant();
  }

  /** All that are held now. */
  List<OidcLogin.Tokens> all() {
    return List.copyOf(held.values());
  }
}
