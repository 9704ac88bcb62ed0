package dev.gatehouse.access;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Before when tokens count no more, as the identity provider last said. */
interface NotBeforeTimes {

  /** Nothing was said: all tokens count. */
  NotBeforeTimes NONE = clientId -> Instant.MIN;

  /**
   * The instant before which no token of a client counts.
   *
   * @param clientId the client that asked for the token; null if the token does not say
   */
  Instant of(@Nullable String clientId);
}
