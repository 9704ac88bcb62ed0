package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Role;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The administration of the identity provider, as far as the room needs it.
 *
 * <p>All methods block, each for a bounded time, and throw {@link IdentityProviderException}. None
 * but {@link #create} and {@link #find} takes a client that was not read just before.
 */
interface IdentityProvider {

  /** Whether there is one to administer; if not, every other method fails. */
  boolean administered();

  /**
   * A client that was made.
   *
   * @param client it, disabled
   * @param subject the subject of its tokens
   * @param secret its secret
   */
  record Created(IdentityClient client, String subject, ClientSecret secret) {}

  /** Makes a confidential client with this id for a caller, which gets no tokens yet. */
  Created create(CallerId caller, String displayName, Set<Role> roles);

  /** The client of this id. */
  Optional<IdentityClient> find(String clientId);

  /** All clients, of the gateway and of others; at most {@link #CLIENTS_MAX}. */
  List<IdentityClient> clients();

  /** The most clients a realm may have for its gateway to keep up. */
  int CLIENTS_MAX = 20_000;

  /** What the tokens say that a client gets for itself; empty if it can get none. */
  Optional<TokenPreview> preview(IdentityClient client);

  /** Lets a client get tokens, or no more. */
  void setEnabled(IdentityClient client, boolean enabled);

  /** Gives a client's tokens these roles, and takes the others that mean something here. */
  void setRoles(IdentityClient client, Set<Role> roles);

  /** Gives a client another secret; the former one ends. */
  ClientSecret newSecret(IdentityClient client);

  /** Has logouts told at this address. */
  void setLogoutUrl(IdentityClient client, String url);

  /** Removes a client. */
  void delete(IdentityClient client);

  /** Ends every login of a subject. */
  void endSessions(String subject);

  /** Before when no token counts, whatever its client; {@link Instant#MIN} if all do. */
  Instant notBefore();
}
