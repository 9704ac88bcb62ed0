package dev.gatehouse.abuse.traffic;

import dev.gatehouse.core.Outcome;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One call of a registered caller that has ended, as the watch sees it.
 *
 * @param model the model it named, as it named it (which may be no valid name), or null if none
 * @param outcome how it ended
 * @param rows how many rows it asked for; 0 where that is not known
 * @param requestBytes its size on the wire
 * @param latencyNanos from its arrival to its end
 * @param computeNanos its share of the time that devices spent
 * @param address the address the caller is seen at
 * @param credential a fingerprint of the credential that stays the same when a token is renewed,
 *     such as the id of an API key or of a client's certificate; never the credential itself
 * @param at when it ended
 * @param nanos when it ended, by the ticker
 */
public record ObservedCall(
    @Nullable String model,
    Outcome outcome,
    long rows,
    long requestBytes,
    long latencyNanos,
    long computeNanos,
    InetAddress address,
    String credential,
    Instant at,
    long nanos) {

  /**
   * What counts of rows and of bytes: callers ask for what they like, and sums must not overflow.
   */
  static final long AMOUNT_MAX = 1L << 32;

  /** What counts of a time. */
  static final long NANOS_MAX = Duration.ofHours(1).toNanos();

  /** Checks that no amount is negative, and cuts off what is more than can count. */
  public ObservedCall {
    if (rows < 0 || requestBytes < 0 || latencyNanos < 0 || computeNanos < 0) {
      throw new IllegalArgumentException("amounts of a call are not negative");
    }
    rows = Math.min(rows, AMOUNT_MAX);
    requestBytes = Math.min(requestBytes, AMOUNT_MAX);
    latencyNanos = Math.min(latencyNanos, NANOS_MAX);
    computeNanos = Math.min(computeNanos, NANOS_MAX);
  }
}
