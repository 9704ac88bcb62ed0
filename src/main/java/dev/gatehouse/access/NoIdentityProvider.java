package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Role;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Nothing to administer: callers are registered by issuer and subject. */
final class NoIdentityProvider implements IdentityProvider {

  @Override
  public boolean administered() {
    return false;
  }

  @Override
  public Created create(CallerId caller, String displayName, Set<Role> roles) {
    throw none();
  }

  @Override
  public Optional<IdentityClient> find(String clientId) {
    throw none();
  }

  @Override
  public List<IdentityClient> clients() {
    throw none();
  }

  @Override
  public Optional<TokenPreview> preview(IdentityClient client) {
    throw none();
  }

  @Override
  public void setEnabled(IdentityClient client, boolean enabled) {
    throw none();
  }

  @Override
  public void setRoles(IdentityClient client, Set<Role> roles) {
    throw none();
  }

  @Override
  public ClientSecret newSecret(IdentityClient client) {
    throw none();
  }

  @Override
  public void setLogoutUrl(IdentityClient client, String url) {
    throw none();
  }

  @Override
  public void delete(IdentityClient client) {
    throw none();
  }

  @Override
  public void endSessions(String subject) {
    throw none();
  }

  @Override
  public Instant notBefore() {
    throw none();
  }

  private static IdentityProviderException none() {
    return new IdentityProviderException(
        IdentityProviderException.Problem.UNREACHABLE, "no identity provider is administered");
  }
}
