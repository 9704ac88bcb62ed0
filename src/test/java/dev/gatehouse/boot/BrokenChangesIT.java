package dev.gatehouse.boot;

import static dev.gatehouse.testing.Infer.addSub;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.Field;
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
import dev.gatehouse.testing.RecordedChanges;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.StatusRuntimeException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Changes whose database breaks in the middle, and a control log that somebody has changed. */
final class BrokenChangesIT {

  private static final Duration SEEN_MAX = Duration.ofSeconds(120);

  private final PostgresServer.Database database = PostgresServer.shared().createDatabase();
  private OwnGateway gateway;
  private GatewayClient client;
  private ModelPublisher publisher;

  @BeforeEach
  void start() {
    KeycloakServer keycloak = KeycloakServer.shared();
    SharedGateway.importMoreCallers(keycloak);
    Map<String, String> settings = new HashMap<>(GatewaySettings.of(database, keycloak));
    settings.put("gatehouse.audit.checkpoint.interval", "1S");
    settings.put("gatehouse.audit.segment-age-max", "200ms");
    settings.put("gatehouse.audit.anchor-lag-max", "3S");
    gateway = new OwnGateway(GatewayProcess.start(settings, SharedGateway.HEAP), keycloak);
    client = gateway.connect();
    gateway.register(client);
    publisher =
        new ModelPublisher(client, gateway::pipeline, () -> HeldTokens.shared().of(Realm.PAUL));
  }

  @AfterEach
  void stop() {
    client.close();
    gateway.close();
  }

  private void asOwner(String... sql) throws SQLException {
    try (Connection connection = database.connectAsOwner();
        Statement statement = connection.createStatement()) {
      for (String each : sql) {
        statement.execute(each);
      }
    }
  }

  private List<String> models() throws SQLException {
    List<String> names = new ArrayList<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select name from model order by name")) {
      while (rows.next()) {
        names.add("models/" + rows.getString(1));
      }
    }
    return names;
  }

  /** What was made by the record; fails if its entries have a gap. */
  private List<String> recorded() {
    List<Entry> entries = RecordedChanges.of(database).all();
    for (int i = 0; i < entries.size(); i++) {
      assertEquals(i, entries.get(i).sequence());
    }
    return entries.stream()
        .filter(entry -> "models.create".equals(entry.text(Field.ACTION)))
        .map(entry -> String.valueOf(entry.text(Field.RESOURCE)))
        .sorted()
        .toList();
  }

  private boolean created(String id) {
    try {
      return publisher.createModel(id, id).getName().equals("models/" + id);
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  /** The change and its entry are sent, and then the commit itself fails, or its connection. */
  @Test
  void change_commitFails_leavesNeitherItNorItsEntry() throws Exception {
    asOwner(
        "create function late() returns trigger language plpgsql as $$ begin"
            + " if new.name = 'killed' then perform pg_terminate_backend(pg_backend_pid()); end if;"
            + " if new.name = 'failed' then raise exception 'on purpose'; end if;"
            + " return null; end $$",
        "create constraint trigger late after insert on model deferrable initially deferred"
            + " for each row execute function late()");
    assertThrows(StatusRuntimeException.class, () -> publisher.createModel("failed", "failed"));
    assertThrows(StatusRuntimeException.class, () -> publisher.createModel("killed", "killed"));
    assertTrue(Await.until(SEEN_MAX, () -> created("after")));
    assertEquals(List.of("models/after"), models());
    assertEquals(List.of("models/after"), recorded());
  }

  /** Four at once make models while every connection of the gateway is cut, again and again. */
  @Test
  void changes_connectionsCut_haveTheirEntriesAndNoOthers() throws Exception {
    ConcurrentLinkedQueue<String> answered = new ConcurrentLinkedQueue<>();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<?>> makers = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      int number = t;
      makers.add(
          threads.submit(
              () -> {
                for (int i = 0; i < 40; i++) {
                  String id = "m" + number + "-" + i;
                  if (created(id)) {
                    answered.add("models/" + id);
                  }
                }
              }));
    }
    int cuts = 0;
    while (makers.stream().anyMatch(maker -> !maker.isDone())) {
      cutConnections();
      cuts++;
      int wanted = Math.min(160, 8 * cuts);
      boolean unused =
          Await.until(
              Duration.ofSeconds(2),
              () -> answered.size() >= wanted || makers.stream().allMatch(Future::isDone));
    }
    for (Future<?> maker : makers) {
      assertEquals(null, maker.get());
    }
    threads.shutdown();
    assertTrue(threads.awaitTermination(1, TimeUnit.MINUTES));
    assertTrue(Await.until(SEEN_MAX, () -> created("last")), "it does not recover");
    System.out.printf("%d of 160 models made, %d cuts%n", answered.size(), cuts);
    assertTrue(cuts > 1);
    assertEquals(models(), recorded());
    assertTrue(models().containsAll(answered));
  }

  private void cutConnections() throws SQLException {
    try (Connection superuser = PostgresServer.shared().connectAsSuperuser(database);
        Statement statement = superuser.createStatement()) {
      statement.execute(
          "select pg_terminate_backend(pid) from pg_stat_activity where usename = '"
              + database.user()
              + "'");
    }
  }

  /**
   * Administration ends at once, and inference when what it records cannot be anchored any longer.
   */
  @Test
  void log_changedByItsOwner_stopsAdministrationAndThenInference() throws Exception {
    gateway.publish(client, "add-sub", "add_sub.pt", SampleModels.ADD_SUB);
    OidcLogin.Tokens orders = gateway.orders();
    assertTrue(Await.until(SEEN_MAX, () -> "".equals(refusal(orders))));
    asOwner(
        "alter table audit_control_entry disable trigger audit_control_entry_kept",
        "update audit_control_entry set entry = set_byte(entry, 20, 65) where sequence = 1");
    assertTrue(
        Await.until(
            SEEN_MAX, () -> gateway.process().metrics().contains("control_log_consistent 0")));
    assertEquals("AUDIT_UNAVAILABLE", OwnReplicas.refusal(() -> publisher.createModel("x", "x")));
    String ready = gateway.process().get("/q/health/ready").body();
    assertTrue(ready.contains("\"control-log-consistent\": false"), ready);
    assertTrue(
        Await.until(SEEN_MAX, () -> "AUDIT_UNAVAILABLE".equals(refusal(orders))),
        "inference goes on for ever");
    assertEquals("AUDIT_UNAVAILABLE", refusal(orders));
    assertFalse(models().contains("models/x"));
  }

  /** The reason of the refusal of a call, or nothing. */
  private String refusal(OidcLogin.Tokens orders) {
    try {
      var unused = client.inference(orders).modelInfer(addSub(1, 2).build());
      return "";
    } catch (StatusRuntimeException e) {
      return OwnReplicas.refusal(
          () -> {
            throw e;
          });
    }
  }
}
