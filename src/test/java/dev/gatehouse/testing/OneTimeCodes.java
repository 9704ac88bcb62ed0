package dev.gatehouse.testing;

import dev.gatehouse.core.SystemTime;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * One-time codes of people, each used once at each server: the realm takes the codes of the present
 * time step and of its two neighbours, and none a second time.
 *
 * <p>So three logins of one person go at once, and later ones wait for at most a step each.
 */
final class OneTimeCodes {

  /** Later in a step than this, the code of the step before may be refused on arrival. */
  private static final long PREVIOUS_SECONDS_MAX = 15;

  private static final Map<String, Long> LAST_STEPS = new ConcurrentHashMap<>();

  private OneTimeCodes() {}

  /**
   * A code of {@code person} that was not used at {@code issuer} by this process, and which it
   * takes now; waits until there is one.
   */
  static String of(URI issuer, Realm.Person person) {
    long step =
        LAST_STEPS.compute(
            issuer + " " + person.username(),
            (key, last) -> next(last == null ? 0 : last, nowSeconds()));
    try {
      TimeUnit.SECONDS.sleep(waitSeconds(step, nowSeconds()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a one-time code", e);
    }
    return new Totp(person.totpSecret()).code(step);
  }

  /** The first step after {@code last} whose code the server takes, or will take. */
  static long next(long last, long nowSeconds) {
    long now = Math.floorDiv(nowSeconds, Totp.STEP_SECONDS);
    boolean early = Math.floorMod(nowSeconds, Totp.STEP_SECONDS) < PREVIOUS_SECONDS_MAX;
    return Math.max(last + 1, early ? now - 1 : now);
  }

  /** How long until the server takes the code of {@code step}: it looks one step ahead. */
  static long waitSeconds(long step, long nowSeconds) {
    return Math.max(0, (step - 1) * Totp.STEP_SECONDS - nowSeconds);
  }

  private static long nowSeconds() {
    return SystemTime.wall().instant().getEpochSecond();
  }
}
