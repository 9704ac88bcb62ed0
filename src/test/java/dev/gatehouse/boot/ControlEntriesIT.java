package dev.gatehouse.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.control.ControlFilter;
import dev.gatehouse.audit.control.ControlLogReader;
import dev.gatehouse.audit.control.StoredEntry;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryFormatException;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.merkle.Frontier;
import dev.gatehouse.audit.merkle.TreeHasher;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.CreateModelRequest;
import dev.gatehouse.stubs.admin.v1.ListModelsRequest;
import dev.gatehouse.stubs.admin.v1.Model;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.GatewayProcess;
import dev.gatehouse.testing.GatewaySettings;
import dev.gatehouse.testing.HeldTokens;
import dev.gatehouse.testing.KeycloakServer;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** What a packaged gateway writes to its control log, and when it refuses instead. */
final class ControlEntriesIT {

  private static final Duration SEEN_MAX = Duration.ofSeconds(60);

  private static ControlLogReader reader(PostgresServer.Database database) {
    PGSimpleDataSource plain = new PGSimpleDataSource();
    plain.setUrl(database.jdbcUrl());
    plain.setUser(database.user());
    plain.setPassword(database.password());
    return new ControlLogReader(plain);
  }

  private static List<Entry> entries(ControlLogReader reader, ControlFilter filter) {
    List<Entry> entries = new ArrayList<>();
    for (StoredEntry stored : reader.page(filter, false, OptionalLong.empty(), 1_000)) {
      try {
        entries.add(EntryCodec.read(stored.bytes()));
      } catch (EntryFormatException e) {
        throw new IllegalStateException(e);
      }
    }
    return entries;
  }

  private static ControlFilter action(String action) {
    return new ControlFilter(null, null, null, action, null, null, null, null);
  }

  private static Entry only(ControlLogReader reader, String action) {
    List<Entry> entries = entries(reader, action(action));
    assertEquals(1, entries.size(), () -> action + ": " + entries);
    return entries.getFirst();
  }

  private static CreateModelRequest model(String id) {
    return CreateModelRequest.newBuilder()
        .setModelId(id)
        .setModel(Model.newBuilder().setDisplayName(id))
        .build();
  }

  @Test
  void administration_doneAndRefused_isInTheLog() throws Exception {
    PostgresServer.Database database = PostgresServer.shared().createDatabase();
    KeycloakServer keycloak = KeycloakServer.shared();
    SharedGateway.importMoreCallers(keycloak);
    Map<String, String> settings = new HashMap<>(GatewaySettings.of(database, keycloak));
    settings.put("gatehouse.audit.checkpoint.interval", "1S");
    ControlLogReader reader = reader(database);
    try (OwnGateway gateway =
            new OwnGateway(GatewayProcess.start(settings, SharedGateway.HEAP), keycloak);
        GatewayClient client = gateway.connect()) {
      gateway.register(client);
      gateway.publish(client, "sums", "add_sub.pt", SampleModels.ADD_SUB);
      Entry created = only(reader, "models.create");
      assertEquals("models/sums", created.text(Field.RESOURCE));
      assertEquals(SharedGateway.PIPELINE.clientId(), created.text(Field.CALLER));
      assertEquals("vision", created.text(Field.TEAM));
      assertEquals("OK", created.text(Field.OUTCOME));
      assertEquals("127.0.0.1", created.text(Field.ADDRESS));
      Entry uploaded = only(reader, "versions.upload");
      assertTrue(
          String.valueOf(uploaded.text(Field.DETAIL)).matches("sha256=[0-9a-f]{64} bytes=\\d+"));
      Entry granted = only(reader, "grants.create");
      assertTrue(
          String.valueOf(granted.text(Field.DETAIL))
              .startsWith("to=callers/" + Realm.ORDERS.clientId() + " effect=ALLOW actions="));
      Entry ready = only(reader, "versions.ready");
      assertEquals(null, ready.text(Field.CALLER));
      assertTrue(
          Await.until(SEEN_MAX, () -> !entries(reader, action("credentials.stepUp")).isEmpty()));

      // Refused at the gate, and within.
      for (int i = 0; i < 3; i++) {
        assertThrows(
            StatusRuntimeException.class,
            () -> client.models(gateway.orders()).createModel(model("mine")));
      }
      assertThrows(
          StatusRuntimeException.class,
          () -> client.models(gateway.pipeline()).createModel(model("sums")));
      String method = "gatehouse.admin.v1.ModelRegistryService/CreateModel";
      assertTrue(
          Await.until(
              SEEN_MAX,
              () ->
                  entries(reader, action(method)).stream()
                      .map(entry -> entry.text(Field.OUTCOME))
                      .toList()
                      .containsAll(List.of("ACCESS_DENIED", "ALREADY_EXISTS"))));
      // Reading is no event.
      var unused =
          client.models(gateway.pipeline()).listModels(ListModelsRequest.newBuilder().build());
      assertEquals(
          List.of(), entries(reader, action("gatehouse.admin.v1.ModelRegistryService/ListModels")));
      assertTrue(
          Await.until(
              SEEN_MAX,
              () ->
                  !entries(
                          reader,
                          new ControlFilter(
                              EntryKind.KEY_USED, null, null, null, null, null, null, null))
                      .isEmpty()));
      requireWhole(reader);
    }
    List<Entry> closed =
        entries(
            reader,
            new ControlFilter(EntryKind.JOURNAL_CLOSED, null, null, null, null, null, null, null));
    assertEquals(1, closed.size());
    requireWhole(reader);
  }

  private static void requireWhole(ControlLogReader reader) {
    TreeHasher hasher = new TreeHasher();
    Frontier tree = new Frontier(hasher);
    long size = reader.size();
    reader.range(0, size, entry -> tree.append(hasher.leaf(entry.bytes())));
    assertEquals(size, tree.size());
    assertEquals(reader.root(size), tree.root());
  }

  @Test
  void administration_databaseStopped_changesNothingAndHeals() throws Exception {
    try (PostgresServer postgres = PostgresServer.start()) {
      PostgresServer.Database database = postgres.createDatabase();
      KeycloakServer keycloak = KeycloakServer.shared();
      SharedGateway.importMoreCallers(keycloak);
      try (OwnGateway gateway =
              new OwnGateway(
                  GatewayProcess.start(GatewaySettings.of(database, keycloak), SharedGateway.HEAP),
                  keycloak);
          GatewayClient client = gateway.connect()) {
        gateway.register(client);
        ModelPublisher publisher =
            new ModelPublisher(client, gateway::pipeline, () -> HeldTokens.shared().of(Realm.PAUL));
        postgres.stop();
        assertThrows(StatusRuntimeException.class, () -> publisher.createModel("during", "during"));
        postgres.restart();
        assertTrue(Await.until(SEEN_MAX, () -> created(publisher, "after")));
        ControlLogReader reader = reader(database);
        assertEquals("models/after", only(reader, "models.create").text(Field.RESOURCE));
        requireWhole(reader);
      }
    }
  }

  private static boolean created(ModelPublisher publisher, String id) {
    try {
      return publisher.createModel(id, id).getName().endsWith(id);
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  /** The owner takes away the right to add entries: changes then do not happen either. */
  @Test
  void administration_logCannotBeWritten_isRefusedAndChangesNothing() throws Exception {
    PostgresServer.Database database = PostgresServer.shared().createDatabase();
    KeycloakServer keycloak = KeycloakServer.shared();
    SharedGateway.importMoreCallers(keycloak);
    try (OwnGateway gateway =
            new OwnGateway(
                GatewayProcess.start(GatewaySettings.of(database, keycloak), SharedGateway.HEAP),
                keycloak);
        GatewayClient client = gateway.connect()) {
      gateway.register(client);
      ModelPublisher publisher =
          new ModelPublisher(client, gateway::pipeline, () -> HeldTokens.shared().of(Realm.PAUL));
      asOwner(database, "revoke insert on audit_control_entry from " + database.user());
      assertEquals(
          "AUDIT_UNAVAILABLE", OwnReplicas.refusal(() -> publisher.createModel("no", "no")));
      assertEquals(
          "AUDIT_UNAVAILABLE",
          OwnReplicas.refusal(
              () ->
                  SharedGateway.register(
                      client,
                      HeldTokens.shared().of(Realm.ADA),
                      SharedGateway.RIVAL,
                      "other",
                      Caller.Role.ROLE_CALLER)));
      asOwner(database, "grant insert on audit_control_entry to " + database.user());
      // Had it been made, its name would be taken.
      assertEquals("models/no", publisher.createModel("no", "no").getName());
    }
  }

  private static void asOwner(PostgresServer.Database database, String sql) throws Exception {
    try (var connection = database.connectAsOwner();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Test
  void start_oneRole_runsOnlyIfAskedForByName() throws Exception {
    PostgresServer.Database database = PostgresServer.shared().createDatabase().withOneRole();
    Map<String, String> settings =
        new HashMap<>(GatewaySettings.of(database, KeycloakServer.shared()));
    settings.put("gatehouse.audit.allow-shared-database-role", "true");
    try (GatewayProcess gateway = GatewayProcess.start(settings)) {
      assertTrue(gateway.alive());
      String ready = gateway.get("/q/health/ready").body();
      assertTrue(ready.contains("\"shared-database-role\": true"), ready);
    }
  }
}
