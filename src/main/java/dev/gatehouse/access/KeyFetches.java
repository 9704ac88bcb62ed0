package dev.gatehouse.access;

import dev.gatehouse.core.Ticker;
import io.quarkus.arc.Unremovable;
import io.quarkus.oidc.common.OidcEndpoint;
import io.quarkus.oidc.common.OidcResponseFilter;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Notes when the issuer last answered a request for its keys, whoever asked.
 *
 * <p>Quarkus keeps the keys for ever once it has them and does not say when it fetched them.
 */
@Singleton
@Unremovable
@OidcEndpoint(OidcEndpoint.Type.JWKS)
class KeyFetches implements OidcResponseFilter {

  private static final int OK = 200;

  private final Ticker ticker;
  private final AtomicLong lastNanos;

  KeyFetches(Ticker ticker) {
    this.ticker = ticker;
    this.lastNanos = new AtomicLong(ticker.nanos());
  }

  @Override
  public Uni<Void> filter(OidcResponseFilterContext response) {
    if (response.statusCode() == OK) {
      lastNanos.set(ticker.nanos());
    }
    return Uni.createFrom().voidItem();
  }

  /** How long ago that was; counted from the start of the process if it never happened. */
  Duration age() {
    return Duration.ofNanos(ticker.nanos() - lastNanos.get());
  }
}
