package dev.gatehouse.access;

import dev.gatehouse.core.Ticker;
import io.quarkus.oidc.runtime.OidcProvider;
import io.quarkus.oidc.runtime.TenantConfigBean;
import io.quarkus.oidc.runtime.TenantConfigContext;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Has Quarkus fetch the issuer's keys without waiting for a call that needs them.
 *
 * <p>Left alone, Quarkus connects to an issuer that was away at start once for every request that
 * carries a token, so that strangers could make the gateway hammer it; and it fetches keys again
 * only for a token with an unknown key id, so that a key which the issuer took back would be
 * trusted until the next restart.
 */
@Singleton
final class OidcIssuerKeys implements IssuerKeys {

  /** How often the connection is tried while there is none. */
  static final Duration CHECK_INTERVAL = Duration.ofSeconds(5);

  /** How old the keys may become before they are fetched again, at most. */
  static final Duration REFRESH_INTERVAL_MAX = Duration.ofMinutes(5);

  /** The least time between two fetches; exceeds Quarkus' own limit, see the properties. */
  private static final Duration ATTEMPT_INTERVAL = Duration.ofSeconds(15);

  private static final Duration CONNECT_WAIT_MAX = Duration.ofSeconds(10);

  private static final Logger LOG = Logger.getLogger(OidcIssuerKeys.class);

  private final TenantConfigBean tenants;
  private final KeyFetches fetches;
  private final Duration ageMax;
  private final Duration refreshInterval;
  private final Ticker ticker;
  private final AtomicLong attemptNanos;
  private final ScheduledExecutorService keeper =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("access-keys").factory());

  /** Only the keeper thread uses it. */
  private boolean waiting;

  OidcIssuerKeys(
      TenantConfigBean tenants, KeyFetches fetches, AccessSettings settings, Ticker ticker) {
    this.tenants = tenants;
    this.fetches = fetches;
    this.ageMax = settings.keysAgeMax();
    // Several attempts fit in before the keys are too old.
    Duration quarter = ageMax.dividedBy(4);
    this.refreshInterval =
        quarter.compareTo(REFRESH_INTERVAL_MAX) < 0 ? quarter : REFRESH_INTERVAL_MAX;
    this.ticker = ticker;
    this.attemptNanos = new AtomicLong(ticker.nanos() - ATTEMPT_INTERVAL.toNanos());
  }

  @Override
  public boolean available() {
    return tenants.getDefaultTenant().ready() && fetches.age().compareTo(ageMax) <= 0;
  }

  @Override
  public Duration age() {
    return fetches.age();
  }

  @Override
  public long generation() {
    return fetches.generation();
  }

  @Override
  public void refresh() {
    long last = attemptNanos.get();
    long now = ticker.nanos();
    if (now - last >= ATTEMPT_INTERVAL.toNanos() && attemptNanos.compareAndSet(last, now)) {
      fetch(tenants.getDefaultTenant().provider());
    }
  }

  @Override
  public void start() {
    keeper.scheduleWithFixedDelay(this::check, 0, CHECK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    keeper.shutdownNow();
  }

  private void check() {
    TenantConfigContext tenant = tenants.getDefaultTenant();
    if (!tenant.ready()) {
      connect(tenant);
    } else if (fetches.age().compareTo(refreshInterval) >= 0) {
      refresh();
    }
  }

  private void connect(TenantConfigContext tenant) {
    try {
      TenantConfigContext ignored = tenant.initialize().await().atMost(CONNECT_WAIT_MAX);
      LOG.info("The keys of the token issuer are there");
      waiting = false;
    } catch (RuntimeException | Error e) {
      if (!waiting) {
        LOG.warnf("The token issuer is out of reach; trying every %s", CHECK_INTERVAL);
      }
      waiting = true;
    }
  }

  /** Fetches the keys by verifying what is no token, which is Quarkus' only public way to. */
  private static void fetch(@Nullable OidcProvider provider) {
    if (provider == null) {
      return;
    }
    try {
      Object ignored =
          provider
              .refreshJwksAndVerifyJwtToken("", false, true, null)
              .await()
              .atMost(CONNECT_WAIT_MAX);
    } catch (RuntimeException | Error e) {
      LOG.debug("Fetched the issuer's keys, or failed to: their age tells", e);
    }
  }
}
