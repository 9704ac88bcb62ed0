package dev.gatehouse.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.gatehouse.access.LogoutTokenException.Cause;
import dev.gatehouse.core.Ticker;
import io.quarkus.narayana.jta.QuarkusTransaction;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The logouts that the identity provider tells of, over the back channel.
 *
 * <p>A logout is recorded in the database, from where it reaches every replica with the snapshot,
 * and stays there until no token can be left that comes from the login. One that ended a login of
 * nobody who is registered is not recorded: such a token opens nothing.
 */
@Singleton
public final class Logouts {

  /** How long a logout is remembered: a token's life and the clocks' difference, with slack. */
  static final Duration RETENTION = AccessSettings.TOKEN_LIFETIME_MAX.plus(Duration.ofHours(1));

  /** The most single logins that are remembered; beyond it, all logins of a subject end at once. */
  static final int SESSIONS_MAX = 100_000;

  /** The most tokens that are known when they come again; again they change nothing anyhow. */
  static final int REPLAYS_MAX = 10_000;

  private static final Logger LOG = Logger.getLogger(Logouts.class);

  private final AccessSettings settings;
  private final KeycloakSettings keycloak;
  private final LogoutTokens tokens;
  private final LogoutRows rows;
  private final IssuerKeys keys;
  private final AccessControl control;
  private final InstantSource clock;
  private final Cache<String, Boolean> seen;

  /** What became of a logout token. */
  public enum Outcome {
    /** The login is ended. */
    ENDED,
    /** It is no good logout token. */
    INVALID,
    /** It could not be checked, or the logout not be recorded. */
    FAILED
  }

  /** The logouts of the room. */
  public Logouts(
      AccessSettings settings,
      KeycloakSettings keycloak,
      PublishedKeys published,
      LogoutRows rows,
      IssuerKeys keys,
      AccessControl control,
      InstantSource clock,
      Ticker ticker) {
    this.settings = settings;
    this.keycloak = keycloak;
    this.tokens = new LogoutTokens(settings, published, clock);
    this.rows = rows;
    this.keys = keys;
    this.control = control;
    this.clock = clock;
    this.seen =
        Caffeine.newBuilder()
            .maximumSize(REPLAYS_MAX)
            .expireAfterWrite(LogoutTokens.AGE_MAX.plus(settings.clockSkew().multipliedBy(2)))
            .ticker(ticker::nanos)
            .executor(Runnable::run)
            .build();
  }

  /** Whether any logout is taken. */
  public boolean taken() {
    return keycloak.takesLogouts();
  }

  /**
   * Takes a logout token, and makes what it says count; blocks on the database, and on the issuer
   * if its key is not known.
   */
  public Outcome take(String token) {
    if (!keys.available()) {
      return Outcome.FAILED;
    }
    try {
      LogoutToken logout = read(token);
      if (seen.asMap().putIfAbsent(logout.id(), true) != null) {
        throw new LogoutTokenException(Cause.REPLAYED);
      }
      return record(logout);
    } catch (LogoutTokenException e) {
      LOG.debugf("A logout token was refused: %s", e.reason());
      return Outcome.INVALID;
    }
  }

  private LogoutToken read(String token) throws LogoutTokenException {
    Set<String> clients = new HashSet<>(keycloak.logoutClients());
    AccessSnapshot snapshot = control.freshSnapshot();
    if (snapshot != null) {
      clients.addAll(snapshot.clientIds());
    }
    try {
      return tokens.read(token, clients);
    } catch (LogoutTokenException e) {
      if (e.reason() != Cause.KEY) {
        throw e;
      }
      keys.refresh();
      return tokens.read(token, clients);
    }
  }

  private Outcome record(LogoutToken logout) {
    AccessSnapshot snapshot = control.freshSnapshot();
    if (snapshot != null && nobody(logout, snapshot)) {
      return Outcome.ENDED;
    }
    Logout ended = ended(logout, snapshot);
    Instant now = clock.instant();
    try {
      QuarkusTransaction.requiringNew()
          .run(
              () -> {
                rows.forgetExpired(now);
                rows.put(ended, now.plus(RETENTION));
              });
    } catch (RuntimeException e) {
      seen.invalidate(logout.id());
      LOG.warnf("A logout could not be recorded: %s", e.toString());
      return Outcome.FAILED;
    }
    control.refresh();
    return Outcome.ENDED;
  }

  private boolean nobody(LogoutToken logout, AccessSnapshot snapshot) {
    return logout.subject() != null
        && snapshot.principal(settings.issuer(), logout.subject()) == null;
  }

  /** The subjects of registered callers are few enough; their single logins may not be. */
  private static Logout ended(LogoutToken logout, @Nullable AccessSnapshot snapshot) {
    boolean full = snapshot != null && snapshot.logouts().size() >= SESSIONS_MAX;
    String session = logout.sessionId();
    String subject = logout.subject();
    return subject != null && (full || session == null)
        ? new Logout(Logout.Kind.SUBJECT, subject, logout.issueTime())
        : new Logout(Logout.Kind.SESSION, Objects.requireNonNull(session), logout.issueTime());
  }
}
