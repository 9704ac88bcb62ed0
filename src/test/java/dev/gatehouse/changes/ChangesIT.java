package dev.gatehouse.changes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Changes on a real PostgreSQL: told, found, and heard of again after the connection was lost. */
final class ChangesIT {

  private static final Duration SEEN_MAX = Duration.ofSeconds(60);

  /** So long that a poll cannot be what brought a change. */
  private static final Duration NEVER = ChangesSettings.POLL_INTERVAL_MAX;

  private static final Duration OFTEN = Duration.ofMillis(100);

  private final PostgresServer.Database database = PostgresServer.shared().createDatabase();
  private final List<Changes> open = new ArrayList<>();
  private final AtomicInteger access = new AtomicInteger();
  private final AtomicInteger registry = new AtomicInteger();

  @BeforeEach
  void migrate() {
    var unused = database.migrated();
  }

  @AfterEach
  void close() {
    open.forEach(Changes::close);
  }

  private ChangesSettings settings(Duration pollInterval) {
    return new ChangesSettings(
        database.jdbcUrl(), database.user(), database.password(), pollInterval);
  }

  private Changes start(Duration pollInterval) {
    Changes changes = new Changes(settings(pollInterval));
    open.add(changes);
    changes.subscribe(Topic.ACCESS, access::incrementAndGet);
    changes.subscribe(Topic.REGISTRY, registry::incrementAndGet);
    changes.start();
    awaitCalls(access, 1);
    awaitCalls(registry, 1);
    return changes;
  }

  private static void awaitCalls(AtomicInteger calls, int least) {
    assertTrue(Await.until(SEEN_MAX, () -> calls.get() >= least), () -> "calls: " + calls);
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private long number(String sql) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      assertTrue(result.next());
      return result.getLong(1);
    }
  }

  private static String caller(String id) {
    return "insert into access_callers (id, display_name, team, kind, issuer, subject, roles,"
        + " standing, revision, create_time, update_time) values ('"
        + id
        + "', '', 'vision', 'SERVICE', 'issuer', '"
        + id
        + "', '{CALLER}', 'ACTIVE', 1, now(), now())";
  }

  private static String model(String name) {
    return "insert into model (name, display_name, description, owner_team, creator, revision,"
        + " create_time, update_time) values ('"
        + name
        + "', '', '', 'vision', 'somebody', 1, now(), now())";
  }

  private long counter(Topic topic) throws SQLException {
    return number("select counter from changes where topic = '" + topic.key() + "'");
  }

  @Test
  void change_committed_isToldToItsTopicAlone() throws SQLException {
    Changes changes = start(NEVER);
    assertTrue(changes.listening());
    AtomicInteger callers = new AtomicInteger();
    untilAlone(
        registry,
        () -> {
          int before = access.get();
          executeSurely(caller("one" + callers.incrementAndGet()));
          awaitCalls(access, before + 1);
        });
    int before = registry.get();
    execute(model("one"));
    awaitCalls(registry, before + 1);
    assertTrue(changes.notifications() >= 2);
    assertEquals(0, changes.missed());
  }

  /**
   * Does it until the others were told nothing meanwhile: they are when a connection is made anew,
   * as one is where the machine stands still for longer than an answer may take.
   */
  private static void untilAlone(AtomicInteger others, Runnable action) {
    assertTrue(
        Await.until(
            SEEN_MAX,
            () -> {
              int before = others.get();
              action.run();
              return others.get() == before;
            }),
        "others are told as well, every time");
  }

  private void executeSurely(String sql) {
    try {
      execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void change_rolledBack_isNone() throws SQLException {
    long before = counter(Topic.ACCESS);
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(caller("one"));
      connection.rollback();
    }
    assertEquals(before, counter(Topic.ACCESS));
  }

  @Test
  void change_ofAnyTable_movesItsCounter() throws SQLException {
    List<String> registryChanges =
        List.of(
            model("one"),
            "insert into model_version (model, version, digest, size_bytes, uploader, create_time)"
                + " values ('one', 'v1', sha256('a'), 1, 'somebody', now())",
            "insert into deployment (model, version, deployed, state, failure, attempt, state_time,"
                + " batch_rows_max, queue_delay_micros_max, instances_per_device,"
                + " execution_micros_limit, queue_rows_max, queue_bytes_max, queue_calls_max)"
                + " values ('one', 'v1', false, 'UNDEPLOYED', '', 7, now(), 8, 0, 1, 1000000, 64,"
                + " 1000, 64)",
            "update deployment set canary_percent = 3",
            "update model set description = 'another'",
            "delete from deployment",
            "delete from model_version",
            "delete from model");
    for (String change : registryChanges) {
      long before = counter(Topic.REGISTRY);
      execute(change);
      assertTrue(counter(Topic.REGISTRY) > before, change);
    }
    long before = counter(Topic.ACCESS);
    long revision = number("select revision from access_revision");
    execute(caller("one"));
    assertTrue(counter(Topic.ACCESS) > before);
    assertTrue(number("select revision from access_revision") > revision);
  }

  @Test
  void change_notificationLost_isFoundByThePoll() throws SQLException {
    Changes changes = start(OFTEN);
    silence();
    int before = access.get();
    execute(caller("one"));
    awaitCalls(access, before + 1);
    // A connection made anew begins to count anew, so that one change could be overlooked by it.
    AtomicInteger more = new AtomicInteger();
    assertTrue(
        Await.until(
            SEEN_MAX,
            () -> {
              executeSurely(caller("more" + more.incrementAndGet()));
              return changes.missed() >= 1;
            }),
        "it is not counted");
    assertEquals(0, changes.notifications());
  }

  /** From now on nobody is notified in this database. */
  private void silence() throws SQLException {
    try (Connection connection = database.connectAsOwner();
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          create or replace function changes_bump(moved_topic text) returns void language sql as $$
            update changes set counter = counter + 1 where topic = moved_topic
          $$
          """);
    }
  }

  @Test
  void connection_terminated_isMadeAnewAndEverybodyLooks() throws SQLException {
    Changes changes = start(NEVER);
    for (int i = 1; i <= 3; i++) {
      int accessBefore = access.get();
      int registryBefore = registry.get();
      assertEquals(
          1,
          number(
              "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                  + " where application_name = 'gatehouse-changes' and datname = '"
                  + database.name()
                  + "'"));
      awaitCalls(access, accessBefore + 1);
      awaitCalls(registry, registryBefore + 1);
      assertTrue(Await.until(SEEN_MAX, changes::listening));
      int before = access.get();
      execute(caller("after" + i));
      awaitCalls(access, before + 1);
    }
  }

  @Test
  void database_awayAndBack_isWaitedFor() throws SQLException {
    try (PostgresServer own = PostgresServer.start()) {
      PostgresServer.Database away = own.createDatabase().migrated();
      own.stop();
      try (Changes changes =
          new Changes(new ChangesSettings(away.jdbcUrl(), away.user(), away.password(), OFTEN))) {
        changes.subscribe(Topic.ACCESS, access::incrementAndGet);
        changes.start();
        own.restart();
        awaitCalls(access, 1);
        own.stop();
        assertTrue(Await.until(SEEN_MAX, () -> !changes.listening()));
        int before = access.get();
        own.restart();
        awaitCalls(access, before + 1);
        assertTrue(changes.listening());
      }
    }
  }

  @Test
  void subscriber_thatFails_isCalledAgain() {
    Changes changes = new Changes(settings(OFTEN));
    open.add(changes);
    AtomicInteger calls = new AtomicInteger();
    changes.subscribe(
        Topic.ACCESS,
        () -> {
          if (calls.incrementAndGet() < 4) {
            throw new IllegalStateException("not yet");
          }
        });
    changes.subscribe(Topic.ACCESS, access::incrementAndGet);
    changes.start();
    awaitCalls(calls, 4);
    awaitCalls(access, 1);
  }

  @Test
  void subscribe_afterTheStart_isCalledOnce() {
    Changes changes = start(OFTEN);
    untilAlone(
        access,
        () -> {
          AtomicInteger late = new AtomicInteger();
          changes.subscribe(Topic.ACCESS, late::incrementAndGet);
          awaitCalls(late, 1);
        });
  }

  /** Level-triggered: what a subscriber reads after its last call is all that was committed. */
  @Test
  void changes_byManyAtOnce_areAllSeenInTheEnd() throws Exception {
    int writers = 4;
    int each = 50;
    AtomicLong seen = new AtomicLong();
    Changes changes = start(NEVER);
    changes.subscribe(
        Topic.ACCESS,
        () -> {
          try {
            seen.set(number("select count(*) from access_callers"));
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
        });
    try (ExecutorService threads = Executors.newFixedThreadPool(writers)) {
      List<Future<?>> done = new ArrayList<>();
      for (int writer = 0; writer < writers; writer++) {
        int number = writer;
        done.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < each; i++) {
                    execute(caller("w" + number + "-" + i));
                  }
                  return null;
                }));
      }
      for (Future<?> one : done) {
        one.get(SEEN_MAX.toSeconds(), TimeUnit.SECONDS);
      }
    }
    assertTrue(Await.until(SEEN_MAX, () -> seen.get() == writers * each), () -> "seen: " + seen);
    assertEquals(0, changes.missed());
  }

  /** Each changes both topics, in the order that the room names; they wait, and both end. */
  @Test
  void transactions_thatChangeBothTopics_doNotDeadlock() throws Exception {
    int writers = 4;
    CountDownLatch go = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newFixedThreadPool(writers)) {
      List<Future<?>> done = new ArrayList<>();
      for (int writer = 0; writer < writers; writer++) {
        int number = writer;
        done.add(
            threads.submit(
                () -> {
                  go.await();
                  for (int i = 0; i < 25; i++) {
                    inOneTransaction(caller("c" + number + "-" + i), model("m" + number + "-" + i));
                  }
                  return null;
                }));
      }
      go.countDown();
      for (Future<?> one : done) {
        one.get(SEEN_MAX.toSeconds(), TimeUnit.SECONDS);
      }
    }
    assertEquals(100, number("select count(*) from model"));
  }

  private void inOneTransaction(String... sql) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (String one : sql) {
        statement.execute(one);
      }
      connection.commit();
    }
  }

  @Test
  void close_whileItWaits_endsTheThread() {
    Changes changes = start(NEVER);
    changes.close();
    assertFalse(changes.listening());
    // Closing waits for some seconds only.
    assertTrue(
        Await.until(
            SEEN_MAX,
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().equals("changes"))));
  }

  @Test
  void bump_ofAnUnknownTopic_isRefused() {
    assertThrows(SQLException.class, () -> execute("select changes_bump('other')"));
  }

  @Test
  void settings_outOfBounds_areRefusedAndNeverTellThePassword() {
    assertThrows(IllegalArgumentException.class, () -> settings(Duration.ofMillis(99)));
    assertThrows(IllegalArgumentException.class, () -> settings(Duration.ofSeconds(61)));
    assertFalse(settings(OFTEN).toString().contains(database.password()));
  }
}
