package dev.gatehouse.access;

import dev.gatehouse.core.Ticker;
import io.quarkus.arc.Unremovable;
import io.quarkus.oidc.common.OidcEndpoint;
import io.quarkus.oidc.common.OidcResponseFilter;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.core.buffer.Buffer;
import jakarta.inject.Singleton;
import java.security.Key;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/**
 * Notes when the issuer last answered a request for its keys, whoever asked, and which they are.
 *
 * <p>Quarkus keeps the keys for ever once it has them, does not say when it fetched them, and gives
 * them to nobody who wants to check another token than an access token.
 */
@Singleton
@Unremovable
@OidcEndpoint(OidcEndpoint.Type.JWKS)
class KeyFetches implements OidcResponseFilter, PublishedKeys {

  private static final int OK = 200;

  /** Within this, Quarkus has put the keys of an answer in place of the former ones. */
  private static final Duration SETTLING = Duration.ofSeconds(5);

  private static final Logger LOG = Logger.getLogger(KeyFetches.class);

  private final Ticker ticker;
  private final AtomicReference<Fetched> latest;

  /**
   * An answer.
   *
   * @param keys by their ids
   * @param losses counts the answers that lacked a key of the one before
   * @param lossNanos when the last of those came
   * @param nanos when it came
   */
  private record Fetched(Map<String, Key> keys, long losses, long lossNanos, long nanos) {

    Fetched followedBy(Map<String, Key> others, long now) {
      return others.entrySet().containsAll(keys.entrySet())
          ? new Fetched(others, losses, lossNanos, now)
          : new Fetched(others, losses + 1, now, now);
    }
  }

  KeyFetches(Ticker ticker) {
    this.ticker = ticker;
    this.latest = new AtomicReference<>(new Fetched(Map.of(), 0, 0, ticker.nanos()));
  }

  @Override
  public Uni<Void> filter(OidcResponseFilterContext response) {
    if (response.statusCode() == OK) {
      answered(response.responseBody());
    }
    return Uni.createFrom().voidItem();
  }

  /** What is no set of keys is no answer: Quarkus goes on with the keys it had, and so must we. */
  private void answered(@Nullable Buffer body) {
    if (body == null) {
      return;
    }
    try {
      Map<String, Key> keys = keys(body.toString());
      long now = ticker.nanos();
      Object ignored = latest.updateAndGet(before -> before.followedBy(keys, now));
    } catch (JoseException | RuntimeException e) {
      LOG.warnf("The issuer's keys cannot be read: %s", e.getClass().getName());
    }
  }

  private static Map<String, Key> keys(String json) throws JoseException {
    Map<String, Key> keys = new HashMap<>();
    for (JsonWebKey key : new JsonWebKeySet(json).getJsonWebKeys()) {
      boolean forSignatures = key.getUse() == null || key.getUse().equals("sig");
      if (key instanceof PublicJsonWebKey shared && forSignatures && key.getKeyId() != null) {
        keys.put(key.getKeyId(), shared.getPublicKey());
      }
    }
    return Map.copyOf(keys);
  }

  @Override
  public @Nullable Key find(String keyId) {
    return Objects.requireNonNull(latest.get()).keys().get(keyId);
  }

  /**
   * Changes when a key that was published is so no more, and once more when surely nothing is
   * verified with it any longer.
   */
  long generation() {
    Fetched fetched = Objects.requireNonNull(latest.get());
    boolean settling =
        fetched.losses() > 0 && ticker.nanos() - fetched.lossNanos() < SETTLING.toNanos();
    return 2 * fetched.losses() - (settling ? 1 : 0);
  }

  /** How long ago that was; counted from the start of the process if it never happened. */
  Duration age() {
    return Duration.ofNanos(ticker.nanos() - Objects.requireNonNull(latest.get()).nanos());
  }
}
