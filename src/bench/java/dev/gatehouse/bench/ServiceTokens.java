package dev.gatehouse.bench;

import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.Realm;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Tokens of the realm's services, for one thread: each is kept until it nears its end. */
final class ServiceTokens {

  /** Tokens last five minutes. */
  private static final Duration AGE_MAX = Duration.ofMinutes(2);

  private final OidcLogin login;
  private final Ticker ticker = SystemTime.ticker();
  private final Map<Realm.Service, Held> held = new HashMap<>();

  private record Held(OidcLogin.Tokens tokens, long sinceNanos) {}

  ServiceTokens(OidcLogin login) {
    this.login = login;
  }

  /** A token of {@code service} that lasts for some minutes. */
  OidcLogin.Tokens of(Realm.Service service) {
    Held known = held.get(service);
    long now = ticker.nanos();
    if (known == null || now - known.sinceNanos() > AGE_MAX.toNanos()) {
      known = new Held(login.service(service), now);
      held.put(service, known);
    }
    return known.tokens();
  }
}
