package dev.gatehouse.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.DeleteGrantRequest;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.admin.v1.ListModelsRequest;
import dev.gatehouse.stubs.inference.ServerLiveRequest;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.GatewayProcess;
import dev.gatehouse.testing.GatewaySettings;
import dev.gatehouse.testing.HeldTokens;
import dev.gatehouse.testing.KeycloakServer;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.SharedGateway;
import dev.gatehouse.testing.TestAuthority;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tokens that Keycloak binds to a client certificate, at a gateway that asks clients for theirs:
 * worthless to whoever steals them.
 */
final class CertificateBoundIT {

  @TempDir private static Path folder;

  private static TestAuthority authority;
  private static TestAuthority.Identity automat;
  private static TestAuthority.Identity thief;
  private static KeycloakServer keycloak;
  private static Map<String, String> plaintext;
  private static GatewayProcess gateway;
  private static HeldTokens people;

  @BeforeAll
  static void start() {
    authority = TestAuthority.make(folder, "authority");
    automat = authority.issue("automat");
    thief = authority.issue("thief");
    keycloak = KeycloakServer.startWithTls(authority);
    SharedGateway.importMoreCallers(keycloak);
    people = new HeldTokens(keycloak.login());
    plaintext = GatewaySettings.of(PostgresServer.shared().createDatabase(), keycloak);
    gateway = GatewayProcess.start(withTls("optional"), SharedGateway.HEAP);
    assertTrue(Await.until(GatewayProcess.START_MAX, CertificateBoundIT::live), "no handshake");
    try (GatewayClient client = connect(Optional.empty())) {
      OidcLogin.Tokens ada = people.of(Realm.ADA);
      Caller bound = SharedGateway.registerAutomat(client, ada, SharedGateway.BOUND_AUTOMAT, true);
      assertTrue(bound.getCertificateBoundRequired() && bound.getAutomationAllowed());
      bound = SharedGateway.registerAutomat(client, ada, SharedGateway.AUTOMAT, true);
      assertTrue(bound.getCertificateBoundRequired());
      bound = SharedGateway.registerAutomat(client, ada, SharedGateway.PIPELINE, false);
      assertTrue(!bound.getCertificateBoundRequired());
    }
  }

  @AfterAll
  static void stop() {
    gateway.close();
    keycloak.close();
  }

  private static Map<String, String> withTls(String clientCertificate) {
    Path certificate = folder.resolve("gateway.pem");
    Path key = folder.resolve("gateway-key.pem");
    Path clients = folder.resolve("clients.pem");
    authority.issue("gateway-" + clientCertificate).write(certificate, key);
    authority.write(clients);
    Map<String, String> settings = new HashMap<>(plaintext);
    settings.put("gatehouse.server.tls.certificate", certificate.toString());
    settings.put("gatehouse.server.tls.key", key.toString());
    settings.put("gatehouse.server.tls.client-ca", clients.toString());
    settings.put("gatehouse.server.tls.client-certificate", clientCertificate);
    return settings;
  }

  private static GatewayClient connect(Optional<TestAuthority.Identity> identity) {
    return new GatewayClient(gateway.grpcPort(), authority.client(identity));
  }

  /** A first handshake may take longer than the client waits, where the machine is busy. */
  private static boolean live() {
    try (GatewayClient client = connect(Optional.of(automat))) {
      return client.inference().serverLive(ServerLiveRequest.getDefaultInstance()).getLive();
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  private static OidcLogin.Tokens boundTokens() {
    OidcLogin.Tokens tokens = keycloak.service(SharedGateway.BOUND_AUTOMAT, authority, automat);
    assertEquals(automat.thumbprint(), tokens.claims().path("cnf").path("x5t#S256").textValue());
    return tokens;
  }

  private static int models(GatewayClient client, OidcLogin.Tokens tokens) {
    return client
        .models(tokens)
        .listModels(ListModelsRequest.getDefaultInstance())
        .getModelsCount();
  }

  private static void assertInvalid(GatewayClient client, OidcLogin.Tokens tokens) {
    Refused.with(
        Status.Code.UNAUTHENTICATED, Reason.CREDENTIAL_INVALID, () -> models(client, tokens));
  }

  @Test
  void boundToken_ofAProgramAllowedTo_doesWhatPeopleNeedAStepUpFor() {
    try (GatewayClient client = connect(Optional.of(automat))) {
      ModelPublisher publisher = new ModelPublisher(client, boundTokens());
      var unused = publisher.createModel("automatic", "By a program");
      publisher.upload("automatic", "1", SharedGateway.sample("add_sub.pt"), SampleModels.ADD_SUB);
      publisher.deploy("models/automatic/versions/1", Deployment.getDefaultInstance());
      var grant = publisher.grantInfer("automatic", SharedGateway.AUTOMAT.clientId());
      var deleted =
          client
              .grants(boundTokens())
              .deleteGrant(DeleteGrantRequest.newBuilder().setName(grant.getName()).build());
      assertEquals(com.google.protobuf.Empty.getDefaultInstance(), deleted);
      // The same program with a token that is bound to nothing, on that very connection.
      OidcLogin.Tokens unbound = people.of(SharedGateway.PIPELINE);
      assertTrue(models(client, unbound) > 0);
      Refused.with(
          Status.Code.PERMISSION_DENIED,
          Reason.ACCESS_DENIED,
          () -> new ModelPublisher(client, unbound).grantInfer("automatic", "automat"));
    }
  }

  @Test
  void boundToken_stolen_isWorthlessWhetherKnownOrNew() {
    OidcLogin.Tokens known = boundTokens();
    OidcLogin.Tokens unseen = boundTokens();
    try (GatewayClient own = connect(Optional.of(automat));
        GatewayClient others = connect(Optional.of(thief));
        GatewayClient none = connect(Optional.empty())) {
      assertTrue(models(own, known) >= 0);
      for (OidcLogin.Tokens stolen : List.of(known, unseen)) {
        // Twice: the second time the connection may remember it.
        for (int i = 0; i < 2; i++) {
          assertInvalid(others, stolen);
          assertInvalid(none, stolen);
        }
        assertTrue(models(own, stolen) >= 0);
        assertInvalid(others, stolen);
        assertInvalid(none, stolen);
      }
    }
  }

  @Test
  void boundToken_stolenToAGatewayWithoutTls_isWorthless() {
    OidcLogin.Tokens tokens = boundTokens();
    try (GatewayProcess other = GatewayProcess.start(plaintext, SharedGateway.HEAP);
        GatewayClient client = new GatewayClient(other.grpcPort())) {
      assertTrue(models(client, people.of(SharedGateway.PIPELINE)) >= 0);
      assertInvalid(client, tokens);
    }
  }

  @Test
  void unboundToken_ofACallerWhoseTokensMustBeBound_isRefused() {
    OidcLogin.Tokens bearer = people.of(SharedGateway.AUTOMAT);
    try (GatewayClient own = connect(Optional.of(automat));
        GatewayClient none = connect(Optional.empty())) {
      assertInvalid(own, bearer);
      assertInvalid(none, bearer);
    }
  }

  /**
   * A client whose certificate the gateway would not take may leave it out, which then is a
   * connection without one.
   */
  @Test
  void certificate_expiredNotYetValidOrOfAnotherAuthority_countsForNothing() {
    TestAuthority stranger = TestAuthority.make(folder, "stranger");
    TestAuthority.Identity expired =
        authority.issue("expired", "-startdate", "-10d", "-validity", "5");
    TestAuthority.Identity early = authority.issue("early", "-startdate", "+2d");
    for (TestAuthority.Identity bad :
        List.of(expired, early, stranger.issue("automat"), stranger.issue("other"))) {
      try (GatewayClient client = connect(Optional.of(bad))) {
        StatusRuntimeException refused =
            assertThrows(StatusRuntimeException.class, () -> models(client, boundTokens()));
        assertTrue(
            Set.of(Status.Code.UNAVAILABLE, Status.Code.UNAUTHENTICATED)
                .contains(refused.getStatus().getCode()),
            refused::toString);
      }
    }
    try (GatewayClient client = connect(Optional.of(automat))) {
      assertTrue(client.inference().serverLive(ServerLiveRequest.getDefaultInstance()).getLive());
    }
  }
}
