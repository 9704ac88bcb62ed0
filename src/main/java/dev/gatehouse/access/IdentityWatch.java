package dev.gatehouse.access;

import dev.gatehouse.access.IdentityDrift.Kind;
import dev.gatehouse.core.CallerId;
import io.quarkus.narayana.jta.QuarkusTransaction;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Watches the identity provider: which tokens it takes back, and where it differs from the
 * registrations.
 *
 * <p>Differences are reported and never repaired: what differs was changed by somebody, and which
 * side is right is for people to say. Every replica compares for itself. A change that is under way
 * may show for one comparison.
 *
 * <p>The one thing that it sets is the address of the gateway's own endpoint for logouts, at the
 * clients through which people log in, where none is set.
 */
@Singleton
public final class IdentityWatch {

  /** The most differences kept; more are counted as so many. */
  static final int DRIFTS_MAX = 10_000;

  private static final Logger LOG = Logger.getLogger(IdentityWatch.class);

  private final IdentityProvider provider;
  private final NotBeforePoll notBefore;
  private final CallerRows callers;
  private final RestrictionRows restrictions;
  private final AccessSettings settings;
  private final KeycloakSettings keycloak;
  private final InstantSource clock;
  private final AtomicReference<Report> latest = new AtomicReference<>(new Report(null, List.of()));
  private final ScheduledExecutorService polling = thread("access-not-before");
  private final ScheduledExecutorService comparing = thread("access-drift");

  /** Only the comparing thread uses it; whether the last comparison failed. */
  private boolean failing;

  /**
   * What the last comparison found.
   *
   * @param compareTime when it was made; null if none was made yet
   * @param drifts the differences, by client and kind
   */
  public record Report(@Nullable Instant compareTime, List<IdentityDrift> drifts) {

    /** Copies the list. */
    public Report {
      drifts = List.copyOf(drifts);
    }
  }

  /** The watch of the room; {@link #start()} sets it going. */
  public IdentityWatch(
      IdentityProvider provider,
      NotBeforePoll notBefore,
      CallerRows callers,
      RestrictionRows restrictions,
      AccessSettings settings,
      KeycloakSettings keycloak,
      InstantSource clock) {
    this.provider = provider;
    this.notBefore = notBefore;
    this.callers = callers;
    this.restrictions = restrictions;
    this.settings = settings;
    this.keycloak = keycloak;
    this.clock = clock;
  }

  private static ScheduledExecutorService thread(String name) {
    return Executors.newSingleThreadScheduledExecutor(
        Thread.ofPlatform().daemon().name(name).factory());
  }

  /** Starts its threads, if there is an identity provider to administer; waits for nothing. */
  public void start() {
    if (!provider.administered()) {
      return;
    }
    polling.scheduleWithFixedDelay(
        guarded(notBefore::poll),
        0,
        keycloak.notBeforeInterval().toMillis(),
        TimeUnit.MILLISECONDS);
    comparing.execute(guarded(this::round));
    scheduleNext();
  }

  /** Ends its threads. */
  public void stop() {
    polling.shutdownNow();
    comparing.shutdownNow();
  }

  /** Whether there is an identity provider to administer. */
  public boolean administered() {
    return provider.administered();
  }

  /** What the last comparison found. */
  public Report drifts() {
    return Objects.requireNonNull(latest.get());
  }

  /** How many differences of a kind the last comparison found. */
  public int driftCount(Kind kind) {
    return (int)
        Objects.requireNonNull(latest.get()).drifts().stream()
            .filter(drift -> drift.kind() == kind)
            .count();
  }

  /** How long ago the identity provider last said which tokens are too old. */
  public Duration notBeforeAge() {
    return notBefore.age();
  }

  /** Some sooner, some later, so that replicas that started together do not stay together. */
  private void scheduleNext() {
    long interval = keycloak.reconcileInterval().toMillis();
    long jittered =
        interval - interval / 10 + ThreadLocalRandom.current().nextLong(interval / 5 + 1);
    comparing.schedule(
        () -> {
          guarded(this::round).run();
          if (!comparing.isShutdown()) {
            scheduleNext();
          }
        },
        jittered,
        TimeUnit.MILLISECONDS);
  }

  private static Runnable guarded(Runnable work) {
    return () -> {
      try {
        work.run();
      } catch (RuntimeException | Error e) {
        LOG.errorf(e, "Watching the identity provider failed; it goes on");
      }
    };
  }

  private void round() {
    try {
      List<IdentityClient> clients = provider.clients();
      tellLogoutAddress(clients);
      List<RegisteredCaller> registered =
          QuarkusTransaction.requiringNew().call(callers::withClients);
      Instant now = clock.instant();
      Set<CallerId> withoutClients =
          QuarkusTransaction.requiringNew().call(() -> restrictions.withoutClients(now));
      List<IdentityDrift> drifts =
          DriftComparison.compare(
              registered, withoutClients, clients, settings.audience(), provider::preview, now);
      report(drifts.size() > DRIFTS_MAX ? drifts.subList(0, DRIFTS_MAX) : drifts);
      if (failing) {
        LOG.info("Clients and registrations are being compared again");
      }
      failing = false;
    } catch (RuntimeException e) {
      if (!failing) {
        String reason =
            e instanceof IdentityProviderException ? e.getMessage() : e.getClass().getName();
        LOG.warnf("Cannot compare clients and registrations: %s", reason);
      }
      failing = true;
    }
  }

  private void report(List<IdentityDrift> drifts) {
    Set<IdentityDrift> known = new HashSet<>(Objects.requireNonNull(latest.get()).drifts());
    latest.set(new Report(clock.instant(), drifts));
    List<IdentityDrift> fresh = new ArrayList<>(drifts);
    fresh.removeAll(known);
    for (IdentityDrift drift : fresh) {
      LOG.warnf(
          "Identity drift %s: caller %s, client %s",
          drift.kind(), drift.caller().isEmpty() ? "none" : drift.caller(), drift.clientId());
    }
  }

  private void tellLogoutAddress(List<IdentityClient> clients) {
    if (keycloak.logoutUrl().isEmpty()) {
      return;
    }
    for (IdentityClient client : clients) {
      if (keycloak.logoutClients().contains(client.clientId()) && client.logoutUrl().isEmpty()) {
        provider.setLogoutUrl(client, keycloak.logoutUrl().get());
        LOG.infof("Client %s tells this gateway of logouts from now on", client.clientId());
      }
    }
  }
}
