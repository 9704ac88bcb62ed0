package dev.gatehouse.boot;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.FieldMask;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.DeleteGrantRequest;
import dev.gatehouse.stubs.admin.v1.GetModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.Grant;
import dev.gatehouse.stubs.admin.v1.ModelVersion;
import dev.gatehouse.stubs.admin.v1.UpdateCallerRequest;
import dev.gatehouse.testing.Folders;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.GatewayProcess;
import dev.gatehouse.testing.GatewaySettings;
import dev.gatehouse.testing.HeldTokens;
import dev.gatehouse.testing.KeycloakServer;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.PrometheusText;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Several packaged gateways of one test's own, on one database and one folder of artifacts, with
 * {@link SharedGateway#PIPELINE}, {@link Realm#PAUL} and {@link Realm#ORDERS} registered.
 */
final class OwnReplicas implements AutoCloseable {

  private static final Duration AGREED_MAX = Duration.ofMinutes(1);

  private final PostgresServer.Database database;
  private final Path store = Folders.create("artifacts-");
  private final List<GatewayProcess> processes = new ArrayList<>();
  private final List<GatewayClient> clients = new ArrayList<>();
  private final KeycloakServer keycloak = KeycloakServer.shared();
  private final HeldTokens tokens = HeldTokens.shared();

  private OwnReplicas(PostgresServer postgres, int count, Map<String, String> more) {
    SharedGateway.importMoreCallers(keycloak);
    database = postgres.createDatabase();
    Map<String, String> settings = new HashMap<>(GatewaySettings.of(database, keycloak));
    settings.put("gatehouse.registry.artifact-folder", store.toString());
    settings.putAll(more);
    for (int i = 0; i < count; i++) {
      settings.put("gatehouse.replica.name", "replica " + i);
      processes.add(GatewayProcess.launch(settings, SharedGateway.HEAP));
    }
    processes.forEach(GatewayProcess::awaitReady);
    processes.forEach(process -> clients.add(new GatewayClient(process.grpcPort())));
    new OwnGateway(processes.getFirst(), keycloak).register(client(0));
  }

  /** Starts {@code count} at once, on an empty database. */
  static OwnReplicas start(PostgresServer postgres, int count, Map<String, String> more) {
    return new OwnReplicas(postgres, count, more);
  }

  /** One who may register callers. */
  OidcLogin.Tokens administrator() {
    return tokens.of(Realm.ADA);
  }

  /** One who may publish; granting takes {@link #granter}. */
  OidcLogin.Tokens publisher() {
    return tokens.of(SharedGateway.PIPELINE);
  }

  /** A person of the publisher's team, who may grant. */
  OidcLogin.Tokens granter() {
    return tokens.of(Realm.PAUL);
  }

  /** One who calls. */
  OidcLogin.Tokens orders() {
    return tokens.of(Realm.ORDERS);
  }

  /** A token of a service. */
  OidcLogin.Tokens tokens(Realm.Service service) {
    return tokens.of(service);
  }

  /** Takes every artifact out of the store that all share. */
  void hideArtifacts() {
    move("artifacts", "hidden");
  }

  /** Puts them back. */
  void showArtifacts() {
    Folders.delete(store.resolve("artifacts"));
    move("hidden", "artifacts");
  }

  private void move(String from, String to) {
    try {
      Files.move(store.resolve(from), store.resolve(to));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int count() {
    return processes.size();
  }

  GatewayProcess process(int replica) {
    return processes.get(replica);
  }

  GatewayClient client(int replica) {
    return clients.get(replica);
  }

  /** A publisher who asks that replica. */
  ModelPublisher publisher(int replica) {
    return new ModelPublisher(client(replica), this::publisher, this::granter);
  }

  /** Deletes a grant by that replica. */
  void revoke(int replica, Grant grant) {
    var gone =
        client(replica)
            .grants(granter())
            .deleteGrant(DeleteGrantRequest.newBuilder().setName(grant.getName()).build());
    assertTrue(gone.isInitialized());
  }

  /** Changes the standing of a service by that replica. */
  void stand(int replica, Realm.Service service, Caller.Standing standing) {
    Caller changed =
        client(replica)
            .callers(administrator())
            .updateCaller(
                UpdateCallerRequest.newBuilder()
                    .setCaller(
                        Caller.newBuilder()
                            .setName("callers/" + service.clientId())
                            .setStanding(standing))
                    .setUpdateMask(FieldMask.newBuilder().addPaths("standing"))
                    .build());
    assertTrue(changed.getStanding() == standing);
  }

  /** A version as that replica sees it. */
  ModelVersion version(int replica, String name) {
    return client(replica)
        .versions(publisher())
        .getModelVersion(GetModelVersionRequest.newBuilder().setName(name).build());
  }

  /** The reason a call is refused for, or an empty text if it is not. */
  static String refusal(Runnable call) {
    try {
      call.run();
      return "";
    } catch (StatusRuntimeException e) {
      return GatewayClient.errorInfo(e)
          .map(com.google.rpc.ErrorInfo::getReason)
          .orElse(e.getStatus().toString());
    }
  }

  /**
   * Waits until what was just done has taken effect, and prints how long that took: a figure, not a
   * claim.
   */
  static void awaitAgreement(String what, BooleanSupplier agreed) {
    Ticker ticker = SystemTime.ticker();
    long start = ticker.nanos();
    while (!agreed.getAsBoolean()) {
      assertTrue(ticker.nanos() - start < AGREED_MAX.toNanos(), () -> "no agreement: " + what);
    }
    System.out.printf(
        "agreed after %d ms: %s%n", Duration.ofNanos(ticker.nanos() - start).toMillis(), what);
  }

  /** A metric of a replica, summed over its labels. */
  double metric(int replica, String name) {
    return new PrometheusText(process(replica).metrics()).sum(name, Map.of());
  }

  /** As {@link #metric}, or -1 while the replica starts. */
  double metricOrNothing(int replica, String name) {
    try {
      return metric(replica, name);
    } catch (UncheckedIOException e) {
      return -1;
    }
  }

  /** What all replicas have recorded. */
  RecordOnDisk record() {
    return new RecordOnDisk(database, processes);
  }

  /** The first column of the first row. */
  String query(String sql) {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      assertTrue(result.next());
      return result.getString(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** As the owner of the database, who may do what the gateway may not. */
  void execute(String sql) {
    try (Connection connection = database.connectAsOwner();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    clients.forEach(GatewayClient::close);
    processes.forEach(GatewayProcess::close);
  }
}
