package dev.gatehouse.audit.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.AnchorMismatchException;
import dev.gatehouse.audit.Anchors;
import dev.gatehouse.audit.AuditUnavailableException;
import dev.gatehouse.audit.ControlEvent;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.merkle.Frontier;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.TreeHasher;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.testing.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The control log in a real PostgreSQL, as the application's role. */
final class ControlLogIT {

  private static final String JOURNAL = "0123456789abcdef0123456789abcdef";
  private static final ControlLogSettings SETTINGS =
      new ControlLogSettings("test.example/log", "replica-1");

  private PostgresServer.Database where;
  private Transactions transactions;
  private PostgresControlLog log;

  @BeforeEach
  void start() throws SQLException {
    where = PostgresServer.shared().createDatabase().migrated();
    transactions = Transactions.on(where);
    log = open();
    try (Connection owner = where.connectAsOwner();
        Statement statement = owner.createStatement()) {
      statement.execute("create table thing (name text primary key)");
      statement.execute("grant all on thing to " + where.user());
    }
  }

  private PostgresControlLog open() {
    return new PostgresControlLog(transactions.database(), () -> {}, SETTINGS, SystemTime.wall());
  }

  @AfterEach
  void stop() {
    log.close();
    transactions.close();
  }

  private static ControlEvent event(String resource) {
    return new ControlEvent(null, "things.create", resource, null, "OK", 1_000, null);
  }

  private void insert(String name) throws SQLException {
    try (Connection connection = transactions.database().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("insert into thing values ('" + name + "')");
    }
  }

  private long count(String table) throws SQLException {
    try (Connection connection = where.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select count(*) from " + table)) {
      assertTrue(rows.next());
      return rows.getLong(1);
    }
  }

  /**
   * All entries in order; they must be without gaps, and the tree that is stored must be theirs.
   */
  private List<Entry> entries() throws Exception {
    List<Entry> entries = new ArrayList<>();
    TreeHasher hasher = new TreeHasher();
    Frontier tree = new Frontier(hasher);
    List<ControlTable.Node> nodes = new ArrayList<>();
    try (Connection connection = where.connect();
        Statement statement = connection.createStatement()) {
      try (ResultSet rows =
          statement.executeQuery(
              "select *, (extract(epoch from time) * 1000000)::bigint micros"
                  + " from audit_control_entry order by sequence")) {
        while (rows.next()) {
          byte[] bytes = rows.getBytes("entry");
          Entry entry = EntryCodec.read(bytes);
          assertEquals(tree.size(), entry.sequence());
          assertEquals(ControlRow.of(entry), row(rows));
          entries.add(entry);
          tree.append(
              hasher.leaf(bytes),
              (level, index, root) -> nodes.add(new ControlTable.Node(level, index, root)));
        }
      }
      assertEquals(nodes.size(), count("audit_control_node"));
      for (ControlTable.Node node : nodes) {
        try (ResultSet rows =
            statement.executeQuery(
                "select hash from audit_control_node where level = "
                    + node.level()
                    + " and index = "
                    + node.index())) {
          assertTrue(rows.next());
          assertEquals(node.hash(), Hash.of(rows.getBytes(1)));
        }
      }
    }
    return entries;
  }

  private static ControlRow row(ResultSet rows) throws SQLException {
    return new ControlRow(
        rows.getLong("sequence"),
        rows.getLong("micros"),
        rows.getInt("kind"),
        rows.getString("caller"),
        rows.getString("team"),
        rows.getString("action"),
        rows.getString("resource"),
        rows.getString("model"),
        rows.getString("outcome"),
        rows.getString("journal"),
        (Long) rows.getObject("segment"));
  }

  @Test
  void append_first_followsTheBeginningOfTheLog() throws Exception {
    transactions.in(() -> log.append(event("models/m\0n/versions/1")));
    transactions.in(() -> log.append(event("models/mn/versions/1")));
    List<Entry> entries = entries();
    assertEquals(3, entries.size());
    assertEquals(EntryKind.LOG_BEGUN, entries.get(0).kind());
    assertEquals("test.example/log", entries.get(0).text(Field.ORIGIN));
    assertEquals(EntryKind.CHANGE, entries.get(1).kind());
    assertEquals("models/m\0n/versions/1", entries.get(1).text(Field.RESOURCE));
    assertEquals("replica-1", entries.get(1).text(Field.REPLICA));
    assertEquals("mn", ControlRow.of(entries.get(2)).model());
  }

  @Test
  void append_rolledBack_leavesNothingAndNoGap() throws Exception {
    transactions.in(
        () -> {
          insert("a");
          log.append(event("a"));
        });
    assertThrows(
        IllegalArgumentException.class,
        () ->
            transactions.in(
                () -> {
                  insert("b");
                  log.append(event("b"));
                  throw new IllegalArgumentException("on purpose");
                }));
    transactions.in(() -> log.append(event("c")));
    assertEquals(1, count("thing"));
    List<Entry> entries = entries();
    assertEquals(3, entries.size());
    assertEquals("c", entries.get(2).text(Field.RESOURCE));
  }

  @Test
  void append_outsideOfATransaction_isRefused() throws Exception {
    assertThrows(IllegalStateException.class, () -> log.append(event("a")));
    assertEquals(0, entries().size());
  }

  @Test
  void append_byManyThreads_isGapless() throws Exception {
    int threads = 8;
    int each = 100;
    CountDownLatch go = new CountDownLatch(1);
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Ticker ticker = SystemTime.ticker();
    List<Thread> all = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      int number = t;
      all.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      go.await();
                      for (int i = 0; i < each; i++) {
                        String name = number + "/" + i;
                        transactions.in(
                            () -> {
                              insert(name);
                              log.append(event(name));
                            });
                      }
                    } catch (Throwable e) {
                      failure.set(e);
                    }
                  }));
    }
    long start = ticker.nanos();
    go.countDown();
    for (Thread thread : all) {
      thread.join();
    }
    System.out.printf(
        "%d appends by %d threads in %s%n",
        threads * each, threads, Duration.ofNanos(ticker.nanos() - start));
    assertEquals(null, failure.get());
    assertEquals(1 + threads * each, entries().size());
    assertEquals(threads * each, count("thing"));
  }

  @Test
  void append_alone_costsLittle() throws Exception {
    Ticker ticker = SystemTime.ticker();
    int rounds = 300;
    long without = 0;
    long with = 0;
    for (int i = 0; i < rounds; i++) {
      String name = "n" + i;
      long start = ticker.nanos();
      transactions.in(() -> insert(name));
      without += ticker.nanos() - start;
      start = ticker.nanos();
      transactions.in(
          () -> {
            insert("x" + name);
            log.append(event(name));
          });
      with += ticker.nanos() - start;
    }
    System.out.printf(
        "a change takes %d us, with its entry %d us%n",
        without / rounds / 1_000, with / rounds / 1_000);
    assertEquals(1 + rounds, entries().size());
  }

  @Test
  void append_databaseStopped_isUnavailableAndHeals() throws Exception {
    try (PostgresServer own = PostgresServer.start()) {
      PostgresServer.Database there = own.createDatabase().migrated();
      try (Transactions theirs = Transactions.on(there);
          PostgresControlLog log =
              new PostgresControlLog(theirs.database(), () -> {}, SETTINGS, SystemTime.wall())) {
        theirs.in(() -> log.append(event("before")));
        own.stop();
        assertThrows(
            AuditUnavailableException.class, () -> theirs.in(() -> log.append(event("during"))));
        own.restart();
        theirs.database().flush(io.agroal.api.AgroalDataSource.FlushMode.INVALID);
        theirs.in(() -> log.append(event("after")));
        try (Connection connection = there.connect();
            Statement statement = connection.createStatement();
            ResultSet rows =
                statement.executeQuery(
                    "select string_agg(resource, ' ' order by sequence) from audit_control_entry")) {
          assertTrue(rows.next());
          assertEquals("before after", rows.getString(1));
        }
      }
    }
  }

  /** Its connection is cut when all but the commit is done. */
  @Test
  void append_connectionCutBeforeTheCommit_leavesNothingAndNoGap() throws Exception {
    transactions.in(() -> log.append(event("before")));
    assertThrows(
        Exception.class,
        () ->
            transactions.in(
                () -> {
                  insert("during");
                  log.append(event("during"));
                  cutConnections();
                }));
    transactions.database().flush(io.agroal.api.AgroalDataSource.FlushMode.INVALID);
    transactions.in(() -> log.append(event("after")));
    List<Entry> entries = entries();
    assertEquals(3, entries.size());
    assertEquals("after", entries.get(2).text(Field.RESOURCE));
    assertEquals(0, count("thing"));
  }

  private void cutConnections() throws SQLException {
    try (Connection superuser = PostgresServer.shared().connectAsSuperuser(where);
        Statement statement = superuser.createStatement()) {
      statement.execute(
          "select pg_terminate_backend(pid) from pg_stat_activity where usename = '"
              + where.user()
              + "'");
    }
  }

  @Test
  void append_clockRunsBackwards_keepsTheOrder() throws Exception {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2030-01-01T00:00:00Z"));
    InstantSource backwards = () -> now.getAndUpdate(time -> time.minusSeconds(100_000_000));
    try (PostgresControlLog odd =
        new PostgresControlLog(transactions.database(), () -> {}, SETTINGS, backwards)) {
      for (int i = 0; i < 30; i++) {
        String name = "n" + i;
        transactions.in(() -> odd.append(event(name)));
      }
    }
    List<Entry> entries = entries();
    assertEquals(31, entries.size());
    for (int i = 0; i < 30; i++) {
      assertEquals("n" + i, entries.get(i + 1).text(Field.RESOURCE));
    }
  }

  @Test
  void anchors_repeated_areWrittenOnce() throws Exception {
    Hash root = new TreeHasher().leaf(new byte[] {1});
    Anchors.Segment segment = new Anchors.Segment(JOURNAL, 0, 0, 7, root, root, 3);
    for (int i = 0; i < 2; i++) {
      log.opened(JOURNAL);
      log.anchored(segment);
      log.closed(JOURNAL, 1, 7, root, false);
    }
    List<Entry> entries = entries();
    assertEquals(
        List.of(
            EntryKind.LOG_BEGUN,
            EntryKind.JOURNAL_OPENED,
            EntryKind.SEGMENT_ANCHORED,
            EntryKind.JOURNAL_CLOSED),
        entries.stream().map(Entry::kind).toList());
    assertEquals(7, entries.get(2).number(Field.COUNT));
    assertEquals(3, entries.get(2).number(Field.TORN_BYTES));
    assertEquals(root, entries.get(2).hash(Field.ROOT));
  }

  @Test
  void anchors_differingFromWhatIsThere_areRefused() throws Exception {
    Hash root = new TreeHasher().leaf(new byte[] {1});
    Hash other = new TreeHasher().leaf(new byte[] {2});
    log.opened(JOURNAL);
    log.anchored(new Anchors.Segment(JOURNAL, 0, 0, 7, root, root, 3));
    for (Anchors.Segment differing :
        List.of(
            new Anchors.Segment(JOURNAL, 0, 1, 7, root, root, 3),
            new Anchors.Segment(JOURNAL, 0, 0, 6, root, root, 3),
            new Anchors.Segment(JOURNAL, 0, 0, 7, other, root, 3),
            new Anchors.Segment(JOURNAL, 0, 0, 7, root, other, 3))) {
      assertThrows(AnchorMismatchException.class, () -> log.anchored(differing));
    }
    log.closed(JOURNAL, 1, 7, root, true);
    assertThrows(AnchorMismatchException.class, () -> log.closed(JOURNAL, 2, 7, root, true));
    assertThrows(AnchorMismatchException.class, () -> log.closed(JOURNAL, 1, 6, root, true));
    assertThrows(AnchorMismatchException.class, () -> log.closed(JOURNAL, 1, 7, other, true));
    // Its process died before it could note that it had said so.
    log.closed(JOURNAL, 1, 7, root, false);
    List<Entry> entries = entries();
    assertEquals(4, entries.size());
    assertEquals(root, entries.get(2).hash(Field.ROOT));
    assertEquals(7, entries.get(3).number(Field.COUNT));
  }

  @Test
  void anchoredSegments_moreThanAPage_areAllReadInOrder() {
    Hash root = new TreeHasher().leaf(new byte[] {1});
    List<Anchors.Segment> segments = new ArrayList<>();
    for (int i = 0; i < 1_001; i++) {
      segments.add(new Anchors.Segment(JOURNAL, i, 7L * i, 7, root, root, i % 2));
    }
    assertEquals(List.of(), log.anchoredSegments(JOURNAL));
    log.opened(JOURNAL);
    segments.forEach(log::anchored);
    assertEquals(segments, log.anchoredSegments(JOURNAL));
  }

  @Test
  void keyUsed_repeated_isWrittenOnce() throws Exception {
    log.keyUsed("origin+01020304+AAAA");
    log.keyUsed("origin+01020304+AAAA");
    log.keyUsed("origin+01020305+AAAB");
    assertEquals(3, entries().size());
  }

  @Test
  void inconsistent_everything_isRefused() {
    log.refuseFromNowOn("on purpose");
    assertThrows(
        AuditUnavailableException.class, () -> transactions.in(() -> log.append(event("a"))));
    assertThrows(AuditUnavailableException.class, () -> log.opened(JOURNAL));
    assertNotNull(log.inconsistency());
  }

  @Test
  void offer_equalOnes_becomeOneEntry() throws Exception {
    for (int i = 0; i < 50; i++) {
      log.offer(new ControlEvent(null, "m", "models/a", null, "ACCESS_DENIED", 0, null));
    }
    log.offer(new ControlEvent(null, "m", "models/b", null, "ACCESS_DENIED", 0, null));
    for (int i = 0; i < Refusals.PENDING_MAX; i++) {
      log.offer(new ControlEvent(null, "m", "models/x" + i, null, "ACCESS_DENIED", 0, null));
    }
    assertEquals(2, log.dropped());
    log.start();
    log.close();
    List<Entry> entries = entries();
    assertEquals(50, entries.get(1).number(Field.COUNT));
    assertEquals("models/b", entries.get(2).text(Field.RESOURCE));
    assertTrue(
        entries.stream()
            .anyMatch(
                entry ->
                    PostgresControlLog.DROPPED.equals(entry.text(Field.ACTION))
                        && entry.number(Field.COUNT) == 2));
  }
}
