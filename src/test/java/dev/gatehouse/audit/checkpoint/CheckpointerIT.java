package dev.gatehouse.audit.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.gatehouse.audit.AuditUnavailableException;
import dev.gatehouse.audit.control.ControlLogReader;
import dev.gatehouse.audit.control.ControlLogSettings;
import dev.gatehouse.audit.control.PostgresControlLog;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.merkle.Frontier;
import dev.gatehouse.audit.merkle.TreeHasher;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.keys.SigningKey;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.PostgresServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Checkpoints of a real control log, and what they notice. */
final class CheckpointerIT {

  private static final String ORIGIN = "gatehouse.example/test";
  private static final Duration SEEN_MAX = Duration.ofSeconds(60);

  @TempDir private Path folder;
  private PostgresServer.Database database;
  private PostgresControlLog log;
  private ControlLogReader reader;
  private SigningKey key;
  private final List<AutoCloseable> open = new ArrayList<>();
  private int journals;

  @BeforeEach
  void openLog() {
    database = PostgresServer.shared().createDatabase().migrated();
    log = openLog(database);
    reader = new ControlLogReader(plain(database));
    key = SigningKey.open(folder.resolve("key.json"), true);
  }

  private static PGSimpleDataSource plain(PostgresServer.Database database) {
    PGSimpleDataSource plain = new PGSimpleDataSource();
    plain.setUrl(database.jdbcUrl());
    plain.setUser(database.user());
    plain.setPassword(database.password());
    return plain;
  }

  private static PostgresControlLog openLog(PostgresServer.Database database) {
    return new PostgresControlLog(
        plain(database), () -> {}, new ControlLogSettings(ORIGIN, "replica"), SystemTime.wall());
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  private Checkpointer checkpointer(Duration interval, CheckpointSink... sinks) throws Exception {
    return checkpointer(log, interval, sinks);
  }

  private Checkpointer checkpointer(
      PostgresControlLog log, Duration interval, CheckpointSink... sinks) throws Exception {
    Checkpointer made =
        new Checkpointer(
            ORIGIN,
            new CheckpointSettings(1_000, interval),
            key,
            log,
            reader,
            FileCheckpointSink.open(folder.resolve("checkpoints")),
            List.of(sinks),
            SystemTime.ticker());
    open.add(made);
    return made;
  }

  private void append(int entries) {
    for (int i = 0; i < entries; i++) {
      log.opened(String.format("%032x", journals++));
    }
  }

  private void asOwner(String... sql) throws Exception {
    try (Connection connection = database.connectAsOwner();
        Statement statement = connection.createStatement()) {
      statement.execute("alter table audit_control_entry disable trigger all");
      statement.execute("alter table audit_control_node disable trigger all");
      for (String each : sql) {
        statement.execute(each);
      }
      statement.execute(
          "alter table audit_control_entry enable always trigger audit_control_entry_kept");
    }
  }

  @Test
  void latest_grownLog_isSignedAndKept() throws Exception {
    Checkpointer checkpointer = checkpointer(Duration.ofHours(1));
    append(3);
    SignedNote note = checkpointer.latest();
    Checkpoint checkpoint = Checkpoint.open(note.toString(), checkpointer.verifierKey());
    // The first entry names the log, and the key is told of before it signs.
    assertEquals(4, checkpoint.size());
    TreeHasher hasher = new TreeHasher();
    Frontier tree = new Frontier(hasher);
    reader.range(0, 4, entry -> tree.append(hasher.leaf(entry.bytes())));
    assertEquals(tree.root(), checkpoint.root());
    assertEquals(
        note.toString(),
        Files.readString(folder.resolve("checkpoints/0000000000000000004.checkpoint")));
    assertEquals(5, reader.size());
    assertEquals(EntryKind.KEY_USED.code(), reader.entry(4).orElseThrow().columns().kind());
    SignedNote next = checkpointer.latest();
    assertEquals(5, Checkpoint.open(next.toString(), checkpointer.verifierKey()).size());
    assertEquals(next, checkpointer.latest());
    assertEquals(5, reader.size());
  }

  @Test
  void start_entriesCome_areSignedByItself() throws Exception {
    Checkpointer checkpointer = checkpointer(Duration.ofSeconds(1));
    checkpointer.start();
    append(2);
    FileCheckpointSink sink = FileCheckpointSink.open(folder.resolve("checkpoints"));
    assertTrue(
        Await.until(
            SEEN_MAX,
            () -> {
              try {
                return sink.latest(checkpointer.verifierKey())
                    .filter(signed -> signed.checkpoint().size() == reader.size())
                    .isPresent();
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            }));
    assertEquals(4, checkpointer.entries());
    assertEquals(Map.of("file", 0L), checkpointer.failures());
  }

  @Test
  void latest_afterARestart_goesOnFromTheFolder() throws Exception {
    append(3);
    SignedNote first = checkpointer(Duration.ofHours(1)).latest();
    Checkpointer again = checkpointer(Duration.ofHours(1));
    append(1);
    SignedNote second = again.latest();
    assertNotEquals(first, second);
    assertNull(log.inconsistency());
  }

  /** What the owner of the database can do once it has disabled the triggers. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        // An old entry, and its place in the tree left as it was.
        "update audit_control_entry set entry = set_byte(entry, 20, 65) where sequence = 1",
        // A new one.
        "update audit_control_entry set entry = set_byte(entry, 20, 65) where sequence = 9",
        // The tree.
        "update audit_control_node set hash = sha256('x') where level = 0 and index = 2",
        "update audit_control_node set hash = sha256('x') where level = 1 and index = 0",
        "update audit_control_node set hash = sha256('x') where level = 3 and index = 0",
        "delete from audit_control_node where level = 2 and index = 1",
        // One taken out, the last ones, all.
        "delete from audit_control_entry where sequence = 3",
        "delete from audit_control_entry where sequence = 8",
        "delete from audit_control_entry where sequence > 4",
        "delete from audit_control_entry",
        "delete from audit_control_entry; delete from audit_control_node",
      })
  void look_rewritten_isNoticedAndNothingIsSigned(String sql) throws Exception {
    append(7);
    Checkpointer checkpointer = checkpointer(Duration.ofHours(1));
    SignedNote signed = checkpointer.latest();
    append(2);
    asOwner(sql);
    assertThrows(AuditUnavailableException.class, checkpointer::latest, sql);
    assertNotNull(log.inconsistency());
    assertThrows(AuditUnavailableException.class, () -> append(1));
    assertEquals(8, Checkpoint.open(signed.toString(), checkpointer.verifierKey()).size());
    try (var files = Files.list(folder.resolve("checkpoints"))) {
      assertEquals(1, files.count());
    }
  }

  /** Everything made anew and consistent in itself: only what was signed tells. */
  @Test
  void look_wholeLogMadeAnew_isNoticedAfterARestartToo() throws Exception {
    append(7);
    SignedNote signed = checkpointer(Duration.ofHours(1)).latest();
    assertNotNull(signed);
    asOwner("delete from audit_control_entry", "delete from audit_control_node");
    append(12);
    assertNull(log.inconsistency());
    Checkpointer again = checkpointer(Duration.ofHours(1));
    assertThrows(AuditUnavailableException.class, again::latest);
    assertTrue(String.valueOf(log.inconsistency()).contains("signed"), log.inconsistency());
  }

  /** Another replica, on a copy of the database that went its own way, writes to the same place. */
  private SignedNote forked(long size, SigningKey as) {
    VerifierKey verifier = new VerifierKey(ORIGIN, as.publicKey());
    return new Checkpoint(ORIGIN, size, new TreeHasher().leaf(new byte[] {7})).sign(as, verifier);
  }

  private void put(long size, SignedNote note) throws Exception {
    Files.writeString(
        folder.resolve(String.format("checkpoints/%019d.checkpoint", size)), note.toString());
  }

  private SigningKey otherReplica() {
    SigningKey other = SigningKey.open(folder.resolve("other-replica.json"), true);
    log.keyUsed(new VerifierKey(ORIGIN, other.publicKey()).toString());
    return other;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void look_anotherReplicaSignedAnotherRoot_isNoticedAfterARestartToo(boolean sameKey)
      throws Exception {
    SigningKey other = sameKey ? key : otherReplica();
    append(3);
    Checkpointer checkpointer = checkpointer(Duration.ofHours(1));
    assertNotNull(checkpointer.latest());
    append(2);
    assertNotNull(checkpointer.latest());
    append(1);
    put(reader.size(), forked(reader.size(), other));
    long size = reader.size();
    assertThrows(AuditUnavailableException.class, checkpointer::latest);
    assertTrue(String.valueOf(log.inconsistency()).contains("signed"), log.inconsistency());
    assertThrows(AuditUnavailableException.class, () -> append(1));
    assertEquals(size, reader.size());
    PostgresControlLog restarted = openLog(database);
    Checkpointer again = checkpointer(restarted, Duration.ofHours(1));
    again.start();
    assertNotNull(restarted.inconsistency());
    assertThrows(AuditUnavailableException.class, () -> restarted.opened("0".repeat(32)));
  }

  @Test
  void look_anotherReplicaSignedMoreThanThereIs_isNoticed() throws Exception {
    SigningKey other = otherReplica();
    append(3);
    Checkpointer checkpointer = checkpointer(Duration.ofHours(1));
    put(1_000, forked(1_000, other));
    assertThrows(AuditUnavailableException.class, checkpointer::latest);
    assertTrue(String.valueOf(log.inconsistency()).contains("another replica"));
  }

  @Test
  void look_othersSignedTheSameLog_goesOn() throws Exception {
    SigningKey other = otherReplica();
    VerifierKey verifier = new VerifierKey(ORIGIN, other.publicKey());
    append(3);
    Checkpointer checkpointer = checkpointer(Duration.ofHours(1));
    for (long size : new long[] {3, 4}) {
      put(size, new Checkpoint(ORIGIN, size, reader.root(size)).sign(other, verifier));
    }
    assertNotNull(checkpointer.latest());
    assertNull(log.inconsistency());
  }

  /** Two replicas with keys of their own, one database and one folder, all at the same time. */
  @Test
  void look_twoReplicasSignWhileTheLogGrows_bothGoOn() throws Exception {
    PostgresControlLog otherLog = openLog(database);
    Checkpointer one = checkpointer(Duration.ofMillis(1));
    Checkpointer two =
        new Checkpointer(
            ORIGIN,
            new CheckpointSettings(1, Duration.ofMillis(1)),
            SigningKey.open(folder.resolve("two.json"), true),
            otherLog,
            new ControlLogReader(plain(database)),
            FileCheckpointSink.open(folder.resolve("checkpoints")),
            List.of(),
            SystemTime.ticker());
    open.add(two);
    one.start();
    two.start();
    for (int i = 0; i < 100; i++) {
      (i % 2 == 0 ? log : otherLog).opened(String.format("%032x", journals++));
      Checkpoint first = Checkpoint.open(one.latest().toString(), one.verifierKey());
      Checkpoint second = Checkpoint.open(two.latest().toString(), two.verifierKey());
      assertEquals(reader.root(first.size()), first.root());
      assertEquals(reader.root(second.size()), second.root());
    }
    assertNull(log.inconsistency());
    assertNull(otherLog.inconsistency());
  }

  /** Whoever can write to the folder may leave there what is no checkpoint. */
  @Test
  void look_folderHasWhatIsNoCheckpoint_isPassedOver() throws Exception {
    append(3);
    Checkpointer checkpointer = checkpointer(Duration.ofHours(1));
    Files.createDirectory(folder.resolve("checkpoints/0000000000000009999.checkpoint"));
    Files.write(
        folder.resolve("checkpoints/0000000000000009998.checkpoint"), new byte[] {(byte) 0xff, 0});
    assertNotNull(checkpointer.latest());
    assertNull(log.inconsistency());
    assertNotNull(checkpointer(Duration.ofHours(1)).latest());
  }

  /** Whoever can write to the folder, without a key that signs for the log, proves nothing. */
  @Test
  void look_aStrangerSignedSomething_isPassedOver() throws Exception {
    SigningKey stranger = SigningKey.open(folder.resolve("stranger.json"), true);
    append(3);
    Checkpointer checkpointer = checkpointer(Duration.ofHours(1));
    put(2, forked(2, stranger));
    put(4, forked(4, stranger));
    put(1_000, forked(1_000, stranger));
    assertThrows(AuditUnavailableException.class, checkpointer::latest, "the place is taken");
    assertNull(log.inconsistency());
    append(1);
    assertNotNull(checkpointer.latest());
    assertNull(log.inconsistency());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void http_anotherOfTheSameSize_provesAForkIfAReplicaSignedIt(boolean known) throws Exception {
    SigningKey other =
        known ? otherReplica() : SigningKey.open(folder.resolve("stranger.json"), true);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          long size = Long.parseLong(path.substring(path.lastIndexOf('/') + 1));
          byte[] body = forked(size, other).toString().getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(409, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    open.add(() -> server.stop(0));
    HttpCheckpointSink sink =
        new HttpCheckpointSink(
            "http://127.0.0.1:" + server.getAddress().getPort(), Optional.empty());
    open.add(sink);
    append(2);
    Checkpointer checkpointer = checkpointer(Duration.ofHours(1), sink);
    if (known) {
      assertThrows(AuditUnavailableException.class, checkpointer::latest);
      assertTrue(String.valueOf(log.inconsistency()).contains("two different roots"));
    } else {
      assertNotNull(checkpointer.latest());
      assertNull(log.inconsistency());
    }
    assertEquals(1L, checkpointer.failures().get("http"));
  }

  @Test
  void http_hasTheSameOfAnotherReplica_isNoFailure() throws Exception {
    SigningKey other = otherReplica();
    VerifierKey verifier = new VerifierKey(ORIGIN, other.publicKey());
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          long size = Long.parseLong(path.substring(path.lastIndexOf('/') + 1));
          SignedNote same = new Checkpoint(ORIGIN, size, reader.root(size)).sign(other, verifier);
          byte[] body = same.toString().getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(409, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    open.add(() -> server.stop(0));
    HttpCheckpointSink sink =
        new HttpCheckpointSink(
            "http://127.0.0.1:" + server.getAddress().getPort(), Optional.empty());
    open.add(sink);
    append(2);
    Checkpointer checkpointer = checkpointer(Duration.ofHours(1), sink);
    assertNotNull(checkpointer.latest());
    assertEquals(0L, checkpointer.failures().get("http"));
  }

  @Test
  void http_awayAndBack_getsTheNewest() throws Exception {
    Map<String, String> kept = new ConcurrentHashMap<>();
    AtomicInteger status = new AtomicInteger(503);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/checkpoints/",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          if (status.get() == 201) {
            kept.put(
                exchange.getRequestMethod()
                    + " "
                    + exchange.getRequestURI()
                    + " "
                    + exchange.getRequestHeaders().getFirst("Authorization"),
                body);
          }
          exchange.sendResponseHeaders(status.get(), -1);
          exchange.close();
        });
    server.start();
    open.add(() -> server.stop(0));
    Path token = folder.resolve("token");
    Files.writeString(token, "s3cret\n");
    HttpCheckpointSink sink =
        new HttpCheckpointSink(
            "http://127.0.0.1:" + server.getAddress().getPort() + "/checkpoints/",
            Optional.of(token));
    open.add(sink);
    append(2);
    Checkpointer checkpointer = checkpointer(Duration.ofHours(1), sink);
    assertNotNull(checkpointer.latest());
    assertEquals(1L, checkpointer.failures().get("http"));
    status.set(201);
    checkpointer.start();
    SignedNote newest = checkpointer.latest();
    long size = Checkpoint.open(newest.toString(), checkpointer.verifierKey()).size();
    assertTrue(Await.until(SEEN_MAX, () -> kept.containsKey(key(size))), kept::toString);
    assertEquals(newest.toString(), kept.get(key(size)));
  }

  private static String key(long size) {
    return "PUT /checkpoints/" + size + " Bearer s3cret";
  }

  @Test
  void folder_notWritable_nothingGoesElsewhere() throws Exception {
    List<Checkpoint> elsewhere = new ArrayList<>();
    CheckpointSink other =
        new CheckpointSink() {
          @Override
          public String name() {
            return "other";
          }

          @Override
          public void keep(Checkpoint checkpoint, SignedNote note) {
            elsewhere.add(checkpoint);
          }
        };
    append(2);
    Checkpointer checkpointer = checkpointer(Duration.ofHours(1), other);
    Path checkpoints = folder.resolve("checkpoints");
    Path away = folder.resolve("away");
    Files.move(checkpoints, away);
    assertThrows(AuditUnavailableException.class, checkpointer::latest);
    assertEquals(List.of(), elsewhere);
    assertEquals(1L, checkpointer.failures().get("file"));
    assertNull(log.inconsistency());
    Files.move(away, checkpoints);
    assertNotNull(checkpointer.latest());
    assertEquals(1, elsewhere.size());
  }

  @Test
  void keep_anotherOfTheSameSize_isRefused() throws Exception {
    FileCheckpointSink sink = FileCheckpointSink.open(folder.resolve("other"));
    VerifierKey verifier = new VerifierKey(ORIGIN, key.publicKey());
    Checkpoint one = new Checkpoint(ORIGIN, 5, new TreeHasher().leaf(new byte[] {1}));
    Checkpoint two = new Checkpoint(ORIGIN, 5, new TreeHasher().leaf(new byte[] {2}));
    sink.keep(one, one.sign(key, verifier));
    sink.keep(one, one.sign(key, verifier));
    assertThrows(java.io.IOException.class, () -> sink.keep(two, two.sign(key, verifier)));
    assertEquals(one, sink.latest(verifier).orElseThrow().checkpoint());
    SigningKey other = SigningKey.open(folder.resolve("other-key.json"), true);
    assertEquals(Optional.empty(), sink.latest(new VerifierKey(ORIGIN, other.publicKey())));
  }
}
