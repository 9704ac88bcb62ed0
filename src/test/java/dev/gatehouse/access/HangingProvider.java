package dev.gatehouse.access;

import dev.gatehouse.access.IdentityProviderException.Problem;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/** An identity provider that answers nothing until it is told to go on, and then fails. */
public final class HangingProvider implements AutoCloseable {

  private final CountDownLatch goOn = new CountDownLatch(1);
  private final Set<String> askedFor = ConcurrentHashMap.newKeySet();

  /** The clients at this provider. */
  public CallerClients clients() {
    return new CallerClients(
        (IdentityProvider)
            Proxy.newProxyInstance(
                IdentityProvider.class.getClassLoader(),
                new Class<?>[] {IdentityProvider.class},
                this::answer));
  }

  private Object answer(Object proxy, Method method, Object[] arguments)
      throws InterruptedException {
    if (method.getName().equals("administered")) {
      return true;
    }
    if (method.getName().equals("find")) {
      boolean unused = askedFor.add((String) arguments[0]);
    }
    goOn.await();
    throw new IdentityProviderException(Problem.UNREACHABLE, "it was told to fail");
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
