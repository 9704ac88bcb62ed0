package dev.gatehouse.access;

import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Chooses the identity provider's administration by what is configured. */
@Singleton
final class IdentityProviders {

  @Produces
  @Singleton
  IdentityProvider identityProvider(KeycloakSettings settings) {
    return settings
        .administration()
        .<IdentityProvider>map(
            administration -> new KeycloakAdministration(administration, settings.logoutUrl()))
        .orElseGet(NoIdentityProvider::new);
  }

  void close(@Disposes IdentityProvider provider) {
    if (provider instanceof KeycloakAdministration keycloak) {
      keycloak.close();
    }
  }
}
