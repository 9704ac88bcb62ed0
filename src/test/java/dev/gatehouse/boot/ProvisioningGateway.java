package dev.gatehouse.boot;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.stubs.admin.v1.AbuseServiceGrpc.AbuseServiceBlockingStub;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.CallersServiceGrpc.CallersServiceBlockingStub;
import dev.gatehouse.stubs.admin.v1.CreateCallerRequest;
import dev.gatehouse.stubs.admin.v1.IdentityDrift;
import dev.gatehouse.stubs.admin.v1.ListIdentityDriftsRequest;
import dev.gatehouse.stubs.admin.v1.ListIdentityDriftsResponse;
import dev.gatehouse.stubs.inference.ServerMetadataRequest;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.GatewayProcess;
import dev.gatehouse.testing.GatewaySettings;
import dev.gatehouse.testing.HeldTokens;
import dev.gatehouse.testing.KeycloakServer;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.Ports;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.RecordedChanges;
import dev.gatehouse.testing.RecordedEntries;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A packaged gateway that administers a Keycloak of its own, for tests that change the realm or
 * stop it.
 */
final class ProvisioningGateway implements AutoCloseable {

  /** Ten times what anything here takes: comparisons and polls come every second. */
  static final Duration SEEN_MAX = Duration.ofSeconds(60);

  /** The path of the realm in Keycloak's admin API. */
  static final String REALM = "/admin/realms/" + Realm.NAME;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final KeycloakServer keycloak;
  private final PostgresServer.Database database;
  private final GatewayProcess process;
  private final GatewayClient client;
  private HeldTokens tokens;

  private ProvisioningGateway(
      KeycloakServer keycloak, PostgresServer.Database database, GatewayProcess process) {
    this.keycloak = keycloak;
    this.database = database;
    this.process = process;
    this.client = new GatewayClient(process.grpcPort());
    this.tokens = new HeldTokens(keycloak.login());
  }

  static ProvisioningGateway start(Map<String, String> more) {
    KeycloakServer keycloak = KeycloakServer.start();
    PostgresServer.Database database = PostgresServer.shared().createDatabase();
    return new ProvisioningGateway(
        keycloak,
        database,
        GatewayProcess.start(settings(keycloak, database, more), SharedGateway.HEAP));
  }

  static Map<String, String> settings(
      KeycloakServer keycloak, PostgresServer.Database database, Map<String, String> more) {
    int managementPort = Ports.free();
    Map<String, String> settings = new HashMap<>(GatewaySettings.of(database, keycloak));
    settings.put("gatehouse.management.port", Integer.toString(managementPort));
    settings.put("gatehouse.keycloak.url", keycloak.uri().toString());
    settings.put("gatehouse.keycloak.realm", Realm.NAME);
    settings.put("gatehouse.keycloak.client-id", "gatehouse-admin");
    settings.put("gatehouse.keycloak.client-secret", "demo-only-gatehouse-admin-secret");
    settings.put("gatehouse.keycloak.reconcile-interval", "1S");
    settings.put("gatehouse.keycloak.not-before-interval", "1S");
    settings.put(
        "gatehouse.keycloak.logout-url",
        "http://127.0.0.1:" + managementPort + "/oidc/back-channel-logout");
    settings.put("gatehouse.keycloak.logout-clients", Realm.CLI);
    settings.putAll(more);
    return settings;
  }

  KeycloakServer keycloak() {
    return keycloak;
  }

  GatewayProcess process() {
    return process;
  }

  GatewayClient client() {
    return client;
  }

  /** The administrator's; anew after {@link #forgetTokens()}. */
  CallersServiceBlockingStub callers() {
    return client.callers(tokens.of(Realm.ADA));
  }

  /** The administrator's; anew after {@link #forgetTokens()}. */
  AbuseServiceBlockingStub abuse() {
    return client.abuse(tokens.of(Realm.ADA));
  }

  /** Has people log in again, since their tokens count no more. */
  void forgetTokens() {
    tokens = new HeldTokens(keycloak.login());
  }

  /** Registers a caller and has its client made. */
  Caller provision(String id, Caller.Role... roles) {
    Caller.Builder caller = Caller.newBuilder().setTeam("shop").setKind(Caller.Kind.KIND_SERVICE);
    for (Caller.Role role : roles) {
      caller.addRoles(role);
    }
    return callers()
        .createCaller(
            CreateCallerRequest.newBuilder()
                .setCallerId(id)
                .setCaller(caller)
                .setProvisionClient(true)
                .build());
  }

  OidcLogin.Tokens login(Caller provisioned) {
    return keycloak
        .login()
        .clientCredentials(provisioned.getClientId(), provisioned.getClientSecret());
  }

  /** Makes a call that every role may make. */
  void call(OidcLogin.Tokens token) {
    var unused = client.inference(token).serverMetadata(ServerMetadataRequest.getDefaultInstance());
  }

  boolean accepts(OidcLogin.Tokens token) {
    try {
      call(token);
      return true;
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  /** What Keycloak's admin API answers, which must succeed. */
  JsonNode admin(String method, String path, String json) {
    HttpResponse<String> response = keycloak.admin(method, REALM + path, json);
    if (response.statusCode() / 100 != 2) {
      throw new IllegalStateException(
          method + " " + path + " answered " + response.statusCode() + " " + response.body());
    }
    try {
      return JSON.readTree(response.body());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The client at Keycloak, or an empty list. */
  JsonNode identityClients(String clientId) {
    return admin("GET", "/clients?clientId=" + clientId, "");
  }

  /** The path of a client in the admin API. */
  String clientPath(String clientId) {
    return "/clients/" + identityClients(clientId).path(0).path("id").asText();
  }

  /** The path of the user behind a client's service account. */
  String serviceAccountPath(String clientId) {
    return "/users/"
        + admin("GET", clientPath(clientId) + "/service-account-user", "").path("id").asText();
  }

  ListIdentityDriftsResponse drifts() {
    return callers().listIdentityDrifts(ListIdentityDriftsRequest.getDefaultInstance());
  }

  boolean drifts(IdentityDrift.Kind kind, String clientId) {
    return drifts().getDriftsList().stream()
        .anyMatch(drift -> drift.getKind() == kind && drift.getClientId().equals(clientId));
  }

  /** Waits until another comparison was made. */
  boolean comparedAgain() {
    var before = drifts().getCompareTime();
    return Await.until(SEEN_MAX, () -> !drifts().getCompareTime().equals(before));
  }

  String log() {
    return read(process.log());
  }

  /** All that is on record, as text. */
  String audit() {
    return RecordedEntries.of(process.folder().resolve("gatehouse-data/audit")).text()
        + RecordedChanges.of(database).text();
  }

  /** What the control log says of a resource: actions and outcomes in their order. */
  List<String> changes(String resource) {
    return RecordedChanges.of(database).all().stream()
        .filter(entry -> resource.equals(entry.text(Field.RESOURCE)))
        .map(entry -> entry.text(Field.ACTION) + " " + entry.text(Field.OUTCOME))
        .toList();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    client.close();
    process.close();
    keycloak.close();
  }
}
