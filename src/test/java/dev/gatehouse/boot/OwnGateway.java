package dev.gatehouse.boot;

import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.admin.v1.Signature;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.GatewayProcess;
import dev.gatehouse.testing.GatewaySettings;
import dev.gatehouse.testing.HeldTokens;
import dev.gatehouse.testing.KeycloakServer;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.SharedGateway;
import java.util.HashMap;
import java.util.Map;

/**
 * A packaged gateway of one test's own, with an empty database at first, for tests that stop it or
 * take away what it depends on.
 */
record OwnGateway(GatewayProcess process, KeycloakServer keycloak) implements AutoCloseable {

  /** The settings that all tests of this package start from. */
  static Map<String, String> settings(PostgresServer postgres, Map<String, String> more) {
    Map<String, String> settings =
        new HashMap<>(GatewaySettings.of(postgres.createDatabase(), KeycloakServer.shared()));
    settings.putAll(more);
    return settings;
  }

  static OwnGateway start(PostgresServer postgres, Map<String, String> more) {
    KeycloakServer keycloak = KeycloakServer.shared();
    SharedGateway.importMoreCallers(keycloak);
    return new OwnGateway(
        GatewayProcess.start(settings(postgres, more), SharedGateway.HEAP), keycloak);
  }

  GatewayClient connect() {
    return new GatewayClient(process.grpcPort());
  }

  OidcLogin.Tokens orders() {
    return keycloak.login().service(Realm.ORDERS);
  }

  /** Registers a pipeline and a person as publishers, and a caller. */
  void register(GatewayClient client) {
    OidcLogin.Tokens ada = HeldTokens.shared().of(Realm.ADA);
    var unused =
        SharedGateway.register(client, ada, Realm.PAUL, "vision", Caller.Role.ROLE_PUBLISHER);
    unused =
        SharedGateway.register(
            client, ada, SharedGateway.PIPELINE, "vision", Caller.Role.ROLE_PUBLISHER);
    unused = SharedGateway.register(client, ada, Realm.ORDERS, "shop", Caller.Role.ROLE_CALLER);
  }

  OidcLogin.Tokens pipeline() {
    return keycloak.login().service(SharedGateway.PIPELINE);
  }

  /** Publishes a model and grants it to {@link Realm#ORDERS}. */
  void publish(GatewayClient client, String model, String file, Signature signature) {
    ModelPublisher publisher =
        new ModelPublisher(client, this::pipeline, () -> HeldTokens.shared().of(Realm.PAUL));
    var unused = publisher.createModel(model, model);
    publisher.upload(model, "1", SharedGateway.sample(file), signature);
    publisher.deploy("models/" + model + "/versions/1", Deployment.getDefaultInstance());
    publisher.grantInfer(model, Realm.ORDERS.clientId());
  }

  @Override
  public void close() {
    process.close();
  }
}
