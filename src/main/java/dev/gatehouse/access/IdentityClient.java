package dev.gatehouse.access;

import java.time.Instant;

/**
 * A client at the identity provider.
 *
 * @param key what the identity provider knows it by
 * @param clientId its id, as in the {@code azp} of its tokens
 * @param caller the caller it was made for by a gateway; empty if it was made by somebody else
 * @param enabled whether it gets tokens
 * @param notBefore its tokens from before that count no more; {@link Instant#MIN} if all do
 * @param logoutUrl where logouts are told; empty if nowhere
 */
record IdentityClient(
    String key,
    String clientId,
    String caller,
    boolean enabled,
    Instant notBefore,
    String logoutUrl) {

  /** Whether a gateway made it for the caller that has its id. */
  boolean madeForItsNamesake() {
    return caller.equals(clientId);
  }
}
