package dev.gatehouse.access;

import dev.gatehouse.access.IdentityProviderException.Problem;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * An identity provider that answers nothing until it is told to go on; then it fails or follows.
 */
public final class HangingProvider implements AutoCloseable {

  private final boolean follows;
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final Set<String> askedFor = ConcurrentHashMap.newKeySet();
  private final Map<String, Boolean> enabled = new ConcurrentHashMap<>();
  private final AtomicBoolean disabledMeanwhile = new AtomicBoolean();

  /** One that fails once it goes on. */
  public HangingProvider() {
    this(false);
  }

  /**
   * One that follows once it goes on, or fails.
   *
   * @param follows whether it has the clients that it is asked for and does what it is told
   */
  public HangingProvider(boolean follows) {
    this.follows = follows;
  }

  /** The clients at this provider. */
  public CallerClients clients() {
    return new CallerClients(
        (IdentityProvider)
            Proxy.newProxyInstance(
                IdentityProvider.class.getClassLoader(),
                new Class<?>[] {IdentityProvider.class},
                this::answer));
  }

  private @Nullable Object answer(Object proxy, Method method, Object[] arguments)
      throws InterruptedException {
    if (method.getName().equals("administered")) {
      return true;
    }
    if (method.getName().equals("find")) {
      boolean unused = askedFor.add((String) arguments[0]);
    }
    goOn.await();
    if (follows) {
      return followed(method.getName(), arguments);
    }
    throw new IdentityProviderException(Problem.UNREACHABLE, "it was told to fail");
  }

  private @Nullable Object followed(String method, Object[] arguments) {
    return switch (method) {
      case "find" -> {
        String id = (String) arguments[0];
        boolean gets = enabled.getOrDefault(id, true);
        yield Optional.of(new IdentityClient(id, id, id, gets, Instant.MIN, ""));
      }
      case "setEnabled" -> {
        String id = ((IdentityClient) arguments[0]).clientId();
        boolean wanted = (boolean) arguments[1];
        enabled.put(id, wanted && !disabledMeanwhile.getAndSet(false));
        yield null;
      }
      default -> null;
    };
  }

  /** The next client that is enabled is disabled at once by somebody else who was at it. */
  public void disableTheNext() {
    disabledMeanwhile.set(true);
  }

  /** Whether the client was enabled when it was changed last; true if it never was. */
  public boolean enabled(String clientId) {
    return enabled.getOrDefault(clientId, true);
  }

  /** How many different clients were asked for. */
  public int asked() {
    return askedFor.size();
  }

  /** The ids of those. */
  public Set<String> clientsAskedFor() {
    return Set.copyOf(askedFor);
  }

  /** Answers from now on, and what waits. */
  public void goOn() {
    goOn.countDown();
  }

  @Override
  public void close() {
    goOn();
  }
}
