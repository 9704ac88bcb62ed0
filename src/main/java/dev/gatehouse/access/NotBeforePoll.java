package dev.gatehouse.access;

import dev.gatehouse.core.Ticker;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Asks the identity provider for the times before which it lets no token count: the realm's and
 * each client's. Checking a token locally would never show them.
 *
 * <p>While it is away, what it last said goes on counting.
 */
@Singleton
final class NotBeforePoll implements NotBeforeTimes {

  private static final Logger LOG = Logger.getLogger(NotBeforePoll.class);

  private final IdentityProvider provider;
  private final Ticker ticker;
  private final AtomicReference<Said> latest;

  /** Only the polling thread uses it; whether the last poll failed, so that it is logged once. */
  private boolean failing;

  private record Said(Instant realm, Map<String, Instant> clients, long nanos) {}

  NotBeforePoll(IdentityProvider provider, Ticker ticker) {
    this.provider = provider;
    this.ticker = ticker;
    this.latest = new AtomicReference<>(new Said(Instant.MIN, Map.of(), ticker.nanos()));
  }

  @Override
  public Instant of(@Nullable String clientId) {
    Said said = Objects.requireNonNull(latest.get());
    Instant own = clientId == null ? null : said.clients().get(clientId);
    return own == null || own.isBefore(said.realm()) ? said.realm() : own;
  }

  /** How long ago the identity provider was last heard; from the start on if it never was. */
  Duration age() {
    return Duration.ofNanos(ticker.nanos() - Objects.requireNonNull(latest.get()).nanos());
  }

  /** Asks now; blocks. What was said before stays if there is no answer. */
  void poll() {
    long began = ticker.nanos();
    try {
      Instant realm = provider.notBefore();
      Map<String, Instant> clients = new HashMap<>();
      for (IdentityClient client : provider.clients()) {
        if (client.notBefore().isAfter(Instant.MIN)) {
          clients.put(client.clientId(), client.notBefore());
        }
      }
      latest.set(new Said(realm, Map.copyOf(clients), began));
      if (failing) {
        LOG.info("The identity provider says again which tokens are too old");
      }
      failing = false;
    } catch (IdentityProviderException e) {
      if (!failing) {
        LOG.warnf(
            "Cannot ask which tokens are too old, the last answer counts: %s", e.getMessage());
      }
      failing = true;
    }
  }
}
