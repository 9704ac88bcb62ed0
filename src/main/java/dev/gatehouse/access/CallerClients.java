package dev.gatehouse.access;

import dev.gatehouse.access.IdentityProviderException.Problem;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * The clients at the identity provider that are made for callers, as the administration of callers
 * makes and changes them.
 *
 * <p>Methods block on the identity provider, and must not be called in a transaction. Those that
 * give something demand that it succeeds, and are refused otherwise; those that follow what counts
 * here already say in the log that it did not, and the difference shows as {@link IdentityDrift}.
 */
@Singleton
public final class CallerClients {

  private static final Logger LOG = Logger.getLogger(CallerClients.class);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private final IdentityProvider provider;

  /** The clients at the provider that is configured. */
  public CallerClients(IdentityProvider provider) {
    this.provider = provider;
  }

  /**
   * A client that was made, disabled.
   *
   * @param subject the subject of its tokens
   * @param secret its secret, which is kept nowhere
   */
  public record Provisioned(String subject, ClientSecret secret) {}

  /** Whether an identity provider is administered. */
  public boolean administered() {
    return provider.administered();
  }

  /** Refuses as {@code STATE_INVALID} if no identity provider is administered. */
  public void requireAdministered() {
    if (!provider.administered()) {
      throw refused(
          new Refusal.StateInvalid("the gateway does not administer an identity provider"));
    }
  }

  /**
   * Makes the client of a caller, disabled, with its id and roles.
   *
   * <p>One that an earlier gateway's failure left over under this id is replaced; one of anybody
   * else is not touched: {@code ALREADY_EXISTS}. {@code DEPENDENCY_LOST} without the provider.
   */
  public Provisioned make(RegisteredCaller caller) {
    return demand(
        caller,
        () -> {
          Optional<IdentityClient> there = provider.find(caller.clientId());
          if (there.isPresent()) {
            if (!there.get().madeForItsNamesake()) {
              throw new IdentityProviderException(
                  Problem.CONFLICT, "the client is somebody else's");
            }
            provider.delete(there.get());
          }
          IdentityProvider.Created created =
              provider.create(caller.id(), caller.displayName(), caller.roles());
          return new Provisioned(created.subject(), created.secret());
        });
  }

  /** Lets the client of a caller get tokens. Nothing to do for a caller without one. */
  public void enable(RegisteredCaller caller) {
    if (followed(caller)) {
      boolean ignored =
          demand(
              caller,
              () -> {
                provider.setEnabled(own(caller), true);
                return true;
              });
    }
  }

  /**
   * Gives the client of a caller another secret; the former one ends at once.
   *
   * <p>{@code STATE_INVALID} if no client was made for it, or it is there no more.
   */
  public ClientSecret rotateSecret(RegisteredCaller caller) {
    if (caller.clientId().isEmpty()) {
      throw refused(new Refusal.StateInvalid("no client was made for this caller"));
    }
    requireAdministered();
    return demand(caller, () -> provider.newSecret(own(caller)));
  }

  /**
   * Disables the client of a caller, and ends the logins of its subject; returns whether the
   * provider followed.
   */
  public boolean stop(RegisteredCaller caller) {
    boolean disabled =
        caller.clientId().isEmpty()
            || follow(caller, () -> provider.setEnabled(own(caller), false));
    boolean ended = follow(caller, () -> endSessions(caller));
    return disabled && ended;
  }

  /** Gives the client of a caller the caller's roles; returns whether the provider followed. */
  public boolean adaptRoles(RegisteredCaller caller) {
    return caller.clientId().isEmpty()
        || follow(caller, () -> provider.setRoles(own(caller), caller.roles()));
  }

  /**
   * Removes the client of a caller that is registered no more, and ends its logins; returns whether
   * the provider followed.
   */
  public boolean remove(RegisteredCaller caller) {
    return follow(
        caller,
        () -> {
          if (caller.clientId().isEmpty()) {
            endSessions(caller);
          } else {
            Optional<IdentityClient> client =
                provider.find(caller.clientId()).filter(IdentityClient::madeForItsNamesake);
            client.ifPresent(provider::delete);
          }
        });
  }

  private void endSessions(RegisteredCaller caller) {
    if (!caller.subject().isEmpty()) {
      provider.endSessions(caller.subject());
    }
  }

  /** Whoever else has a client of this id now, it is not the one that was made. */
  private IdentityClient own(RegisteredCaller caller) {
    return provider
        .find(caller.clientId())
        .filter(IdentityClient::madeForItsNamesake)
        .orElseThrow(() -> new IdentityProviderException(Problem.MISSING, "the client is gone"));
  }

  private boolean followed(RegisteredCaller caller) {
    if (caller.clientId().isEmpty()) {
      return false;
    }
    if (!provider.administered()) {
      LOG.warnf(
          "Client %s does not follow: no identity provider is administered", caller.clientId());
      return false;
    }
    return true;
  }

  private boolean follow(RegisteredCaller caller, Runnable work) {
    if (!provider.administered() && caller.clientId().isEmpty()) {
      return true;
    }
    try {
      work.run();
      return true;
    } catch (IdentityProviderException e) {
      LOG.warnf(
          "The identity provider does not follow a change of caller %s: %s",
          caller.id(), e.getMessage());
      return false;
    }
  }

  private static <T> T demand(RegisteredCaller caller, Supplier<T> work) {
    try {
      return work.get();
    } catch (IdentityProviderException e) {
      LOG.warnf(
          "The identity provider did not do what was asked for caller %s: %s",
          caller.id(), e.getMessage());
      throw refused(
          switch (e.problem()) {
            case UNREACHABLE, REFUSED -> new Refusal.DependencyLost(RETRY_AFTER);
            case CONFLICT ->
                new Refusal.AlreadyExists(
                    "client " + caller.clientId() + " at the identity provider");
            case MISSING ->
                new Refusal.StateInvalid(
                    "the client, or a role of the caller, is not there at the identity provider");
          });
    }
  }

  private static RefusedException refused(Refusal refusal) {
    return new RefusedException(refusal);
  }
}
