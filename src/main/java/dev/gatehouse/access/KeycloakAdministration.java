package dev.gatehouse.access;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.gatehouse.access.IdentityProviderException.Problem;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Role;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.client.Client;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.keycloak.admin.client.Keycloak;
import org.keycloak.admin.client.KeycloakBuilder;
import org.keycloak.admin.client.resource.ClientResource;
import org.keycloak.admin.client.resource.RealmResource;
import org.keycloak.admin.client.resource.RoleScopeResource;
import org.keycloak.representations.AccessToken;
import org.keycloak.representations.idm.ClientRepresentation;
import org.keycloak.representations.idm.RoleRepresentation;

/**
 * Keycloak's admin API, through a service account of the realm that it administers.
 *
 * <p>Nothing connects before it is used, so that the gateway starts without Keycloak. Every request
 * is bounded by {@link #ANSWER_MAX}. Of what Keycloak answers, only the status gets into the log.
 */
final class KeycloakAdministration implements IdentityProvider {

  /** How long an answer may take, connecting included. */
  static final Duration ANSWER_MAX = Duration.ofSeconds(10);

  /** The attribute with the caller's id that marks a client as made by a gateway. */
  static final String CALLER_ATTRIBUTE = "gatehouse.caller";

  private static final String LOGOUT_URL_ATTRIBUTE = "backchannel.logout.url";
  private static final String LOGOUT_SESSION_ATTRIBUTE = "backchannel.logout.session.required";
  private static final int PAGE_SIZE = 500;

  /** The name that the client behind Keycloak's gives the bound on a request, in milliseconds. */
  private static final String REQUEST_TIMEOUT = "io.quarkus.rest.client.read-timeout";

  private static final Logger LOG = Logger.getLogger(KeycloakAdministration.class);

  private final KeycloakSettings.Administration settings;
  private final Optional<String> logoutUrl;
  private final Object lock = new Object();

  @GuardedBy("lock")
  private @Nullable Keycloak keycloak;

  KeycloakAdministration(KeycloakSettings.Administration settings, Optional<String> logoutUrl) {
    this.settings = settings;
    this.logoutUrl = logoutUrl;
  }

  @Override
  public boolean administered() {
    return true;
  }

  @Override
  public Created create(CallerId caller, String displayName, Set<Role> roles) {
    return ask(
        realm -> {
          String key = create(realm, representation(caller, displayName));
          try {
            ClientResource client = realm.clients().get(key);
            String subject = client.getServiceAccountUser().getId();
            changeRoles(realm, subject, roles);
            ClientSecret secret = new ClientSecret(client.getSecret().getValue());
            return new Created(record(client.toRepresentation()), subject, secret);
          } catch (RuntimeException e) {
            abandon(realm, key);
            throw e;
          }
        });
  }

  private static String create(RealmResource realm, ClientRepresentation wanted) {
    try (Response response = realm.clients().create(wanted)) {
      if (response.getStatus() != Response.Status.CREATED.getStatusCode()) {
        throw failed(response.getStatus());
      }
      String path = response.getLocation().getPath();
      return path.substring(path.lastIndexOf('/') + 1);
    }
  }

  /** What is left over if this fails too gets no tokens, and shows as drift. */
  private static void abandon(RealmResource realm, String key) {
    try {
      realm.clients().get(key).remove();
    } catch (RuntimeException e) {
      LOG.warnf("A client that was half made is left over: %s", e.getClass().getName());
    }
  }

  private ClientRepresentation representation(CallerId caller, String displayName) {
    ClientRepresentation client = new ClientRepresentation();
    client.setClientId(caller.value());
    client.setName(displayName);
    client.setDescription("Made by Gatehouse for callers/" + caller);
    client.setProtocol("openid-connect");
    client.setEnabled(false);
    client.setPublicClient(false);
    client.setBearerOnly(false);
    client.setClientAuthenticatorType("client-secret");
    client.setServiceAccountsEnabled(true);
    client.setStandardFlowEnabled(false);
    client.setImplicitFlowEnabled(false);
    client.setDirectAccessGrantsEnabled(false);
    client.setConsentRequired(false);
    client.setFullScopeAllowed(false);
    client.setFrontchannelLogout(false);
    client.setRedirectUris(List.of());
    client.setWebOrigins(List.of());
    client.setDefaultClientScopes(settings.clientScopes());
    client.setOptionalClientScopes(List.of());
    Map<String, String> attributes = new HashMap<>();
    attributes.put(CALLER_ATTRIBUTE, caller.value());
    logoutUrl.ifPresent(url -> putLogoutUrl(attributes, url));
    client.setAttributes(attributes);
    return client;
  }

  private static void putLogoutUrl(Map<String, String> attributes, String url) {
    attributes.put(LOGOUT_URL_ATTRIBUTE, url);
    attributes.put(LOGOUT_SESSION_ATTRIBUTE, "true");
  }

  @Override
  public Optional<IdentityClient> find(String clientId) {
    return ask(
        realm ->
            realm.clients().findByClientId(clientId).stream()
                .filter(client -> clientId.equals(client.getClientId()))
                .map(KeycloakAdministration::record)
                .findFirst());
  }

  @Override
  public List<IdentityClient> clients() {
    return ask(
        realm -> {
          List<IdentityClient> clients = new ArrayList<>();
          while (clients.size() < CLIENTS_MAX) {
            List<ClientRepresentation> page =
                realm.clients().findAll(null, null, null, clients.size(), PAGE_SIZE);
            page.forEach(client -> clients.add(record(client)));
            if (page.size() < PAGE_SIZE) {
              return clients;
            }
          }
          throw new IdentityProviderException(
              Problem.REFUSED, "the realm has more than " + CLIENTS_MAX + " clients");
        });
  }

  private static IdentityClient record(ClientRepresentation client) {
    Map<String, String> attributes =
        client.getAttributes() == null ? Map.of() : client.getAttributes();
    return new IdentityClient(
        client.getId(),
        client.getClientId(),
        attributes.getOrDefault(CALLER_ATTRIBUTE, ""),
        Boolean.TRUE.equals(client.isEnabled()),
        instant(client.getNotBefore()),
        attributes.getOrDefault(LOGOUT_URL_ATTRIBUTE, ""));
  }

  /** Keycloak says 0, or nothing, for never. */
  private static Instant instant(@Nullable Integer seconds) {
    return seconds == null || seconds <= 0 ? Instant.MIN : Instant.ofEpochSecond(seconds);
  }

  @Override
  public Optional<TokenPreview> preview(IdentityClient client) {
    return ask(
        realm -> {
          ClientResource resource = realm.clients().get(client.key());
          if (!Boolean.TRUE.equals(resource.toRepresentation().isServiceAccountsEnabled())) {
            return Optional.empty();
          }
          AccessToken token =
              resource
                  .clientScopesEvaluate()
                  .generateAccessToken("", resource.getServiceAccountUser().getId(), null);
          return Optional.of(
              new TokenPreview(
                  token.getSubject() == null ? "" : token.getSubject(),
                  token.getAudience() == null ? Set.of() : Set.of(token.getAudience()),
                  token.getRealmAccess() == null
                      ? Set.of()
                      : roles(token.getRealmAccess().getRoles())));
        });
  }

  private static Set<Role> roles(@Nullable Set<String> names) {
    Set<Role> roles = EnumSet.noneOf(Role.class);
    if (names != null) {
      names.forEach(name -> Role.ofClaim(name).ifPresent(roles::add));
    }
    return roles;
  }

  @Override
  public void setEnabled(IdentityClient client, boolean enabled) {
    change(client, representation -> representation.setEnabled(enabled));
  }

  @Override
  public void setLogoutUrl(IdentityClient client, String url) {
    change(
        client,
        representation -> {
          Map<String, String> attributes =
              representation.getAttributes() == null
                  ? new HashMap<>()
                  : new HashMap<>(representation.getAttributes());
          putLogoutUrl(attributes, url);
          representation.setAttributes(attributes);
        });
  }

  private void change(IdentityClient client, Consumer<ClientRepresentation> change) {
    Object ignored =
        ask(
            realm -> {
              ClientResource resource = realm.clients().get(client.key());
              ClientRepresentation representation = resource.toRepresentation();
              change.accept(representation);
              resource.update(representation);
              return true;
            });
  }

  @Override
  public void setRoles(IdentityClient client, Set<Role> roles) {
    Object ignored =
        ask(
            realm -> {
              changeRoles(
                  realm, realm.clients().get(client.key()).getServiceAccountUser().getId(), roles);
              return true;
            });
  }

  private static void changeRoles(RealmResource realm, String subject, Set<Role> wanted) {
    RoleScopeResource held = realm.users().get(subject).roles().realmLevel();
    Set<Role> missing = EnumSet.noneOf(Role.class);
    missing.addAll(wanted);
    List<RoleRepresentation> surplus = new ArrayList<>();
    for (RoleRepresentation role : held.listAll()) {
      Optional<Role> known = Role.ofClaim(role.getName());
      known.ifPresent(missing::remove);
      if (known.isPresent() && !wanted.contains(known.get())) {
        surplus.add(role);
      }
    }
    if (!surplus.isEmpty()) {
      held.remove(surplus);
    }
    if (!missing.isEmpty()) {
      held.add(
          missing.stream()
              .map(role -> realm.roles().get(role.claim()).toRepresentation())
              .toList());
    }
  }

  @Override
  public ClientSecret newSecret(IdentityClient client) {
    return ask(
        realm ->
            new ClientSecret(realm.clients().get(client.key()).generateNewSecret().getValue()));
  }

  @Override
  public void delete(IdentityClient client) {
    Object ignored =
        ask(
            realm -> {
              realm.clients().get(client.key()).remove();
              return true;
            });
  }

  @Override
  public void endSessions(String subject) {
    Object ignored =
        ask(
            realm -> {
              realm.users().get(subject).logout();
              return true;
            });
  }

  @Override
  public Instant notBefore() {
    return ask(realm -> instant(realm.toRepresentation().getNotBefore()));
  }

  /** Ends the connections. */
  void close() {
    Keycloak open;
    synchronized (lock) {
      open = keycloak;
      keycloak = null;
    }
    if (open != null) {
      open.close();
    }
  }

  private <T> T ask(Function<RealmResource, T> question) {
    try {
      return question.apply(open().realm(settings.realm()));
    } catch (IdentityProviderException e) {
      throw e;
    } catch (WebApplicationException e) {
      throw failed(e.getResponse().getStatus());
    } catch (RuntimeException e) {
      LOG.debug("Keycloak did not answer", e);
      throw new IdentityProviderException(Problem.UNREACHABLE, "Keycloak did not answer");
    }
  }

  private static IdentityProviderException failed(int status) {
    Problem problem =
        switch (status) {
          case 404 -> Problem.MISSING;
          case 409 -> Problem.CONFLICT;
          default -> status >= 400 && status < 500 ? Problem.REFUSED : Problem.UNREACHABLE;
        };
    return new IdentityProviderException(problem, "Keycloak answered with status " + status);
  }

  private Keycloak open() {
    synchronized (lock) {
      if (keycloak == null) {
        Client client = Keycloak.getClientProvider().newRestEasyClient(null, null, false);
        client.property(REQUEST_TIMEOUT, ANSWER_MAX.toMillis());
        keycloak =
            KeycloakBuilder.builder()
                .serverUrl(settings.url())
                .realm(settings.realm())
                .grantType("client_credentials")
                .clientId(settings.clientId())
                .clientSecret(settings.clientSecret())
                .resteasyClient(client)
                .build();
      }
      return keycloak;
    }
  }
}
