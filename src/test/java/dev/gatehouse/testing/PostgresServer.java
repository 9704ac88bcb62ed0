package dev.gatehouse.testing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;

/**
 * A real PostgreSQL on a port of its own of the loopback address, with a data folder of its own.
 *
 * <p>It can be stopped and started again on the same port with the same data, for tests of what
 * happens while it is away. It runs without {@code fsync}: data outlive its process but not the
 * machine. Passwords are not checked.
 */
public final class PostgresServer implements AutoCloseable {

  /** How long a start may take; a usual one takes about three seconds. */
  public static final Duration START_MAX = Duration.ofMinutes(1);

  private static final SecureRandom RANDOM = new SecureRandom();

  private final int port = Ports.free();
  private final Path data;
  private final AtomicInteger databases = new AtomicInteger();
  private final Runnable close = this::close;

  @GuardedBy("this")
  private @Nullable EmbeddedPostgres postgres;

  @GuardedBy("this")
  private @Nullable Leash leash;

  private PostgresServer(Path data) {
    this.data = data;
  }

  /** Starts a server with an empty data folder, and waits until it answers. */
  public static PostgresServer start() {
    try {
      PostgresServer server = new PostgresServer(Files.createTempDirectory("gatehouse-postgres-"));
      StopOrder.add(server.close);
      server.restart();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The server that all tests of this virtual machine share; it stops when that ends. */
  public static PostgresServer shared() {
    return Shared.SERVER;
  }

  private static final class Shared {
    static final PostgresServer SERVER = start();
  }

  /**
   * A database with two roles of its own, neither of them a superuser.
   *
   * @param name the name of the database and of its owner
   * @param jdbcUrl where it is, without user and password
   * @param user the role of the application, which owns nothing
   * @param password that role's password
   * @param ownerUser the owner, as whom migrations run
   * @param ownerPassword the owner's password
   */
  public record Database(
      String name,
      String jdbcUrl,
      String user,
      String password,
      String ownerUser,
      String ownerPassword) {

    /** A connection as the application. */
    public Connection connect() throws SQLException {
      return DriverManager.getConnection(jdbcUrl, user, password);
    }

    /** A connection as the owner. */
    public Connection connectAsOwner() throws SQLException {
      return DriverManager.getConnection(jdbcUrl, ownerUser, ownerPassword);
    }

    /** The same database with one role for both, as trials have it. */
    public Database withOneRole() {
      return new Database(name, jdbcUrl, ownerUser, ownerPassword, ownerUser, ownerPassword);
    }

    /** Runs the migrations, for tests without a gateway. */
    public Database migrated() {
      var ignored =
          Flyway.configure(PostgresServer.class.getClassLoader())
              .dataSource(jdbcUrl, ownerUser, ownerPassword)
              .placeholders(Map.of("application-role", user))
              .load()
              .migrate();
      return this;
    }
  }

  /** A new, empty database. */
  public Database createDatabase() {
    String name = "gatehouse_" + databases.incrementAndGet();
    String application = name + "_app";
    String ownerPassword = password();
    String password = password();
    String url = "jdbc:postgresql://127.0.0.1:" + port + "/" + name;
    try (Connection connection = running().getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE ROLE " + name + " LOGIN PASSWORD '" + ownerPassword + "'");
      statement.execute("CREATE ROLE " + application + " LOGIN PASSWORD '" + password + "'");
      statement.execute("CREATE DATABASE " + name + " OWNER " + name);
    } catch (SQLException e) {
      throw new IllegalStateException("no database", e);
    }
    return new Database(name, url, application, password, name, ownerPassword);
  }

  private static String password() {
    byte[] secret = new byte[16];
    RANDOM.nextBytes(secret);
    return HexFormat.of().formatHex(secret);
  }

  /** A connection to a database as the superuser of the server, which neither role is. */
  public Connection connectAsSuperuser(Database database) throws SQLException {
    return running().getDatabase("postgres", database.name()).getConnection();
  }

  /** Every row of every table of every database that was created here, as text. */
  String everyRow() {
    StringBuilder text = new StringBuilder();
    for (int number = 1; number <= databases.get(); number++) {
      try (Connection connection =
              running().getDatabase("postgres", "gatehouse_" + number).getConnection();
          Statement statement = connection.createStatement()) {
        for (String table : tables(statement)) {
          try (ResultSet rows = statement.executeQuery("SELECT t::text FROM " + table + " t")) {
            while (rows.next()) {
              text.append(rows.getString(1)).append('\n');
            }
          }
        }
      } catch (SQLException e) {
        throw new IllegalStateException("gatehouse_" + number + " cannot be read", e);
      }
    }
    return text.toString();
  }

  private static List<String> tables(Statement statement) throws SQLException {
    List<String> tables = new ArrayList<>();
    try (ResultSet names =
        statement.executeQuery(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
                + " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')")) {
      while (names.next()) {
        tables.add(names.getString(1));
      }
    }
    return tables;
  }

  private synchronized EmbeddedPostgres running() {
    if (postgres == null) {
      throw new IllegalStateException("PostgreSQL does not run");
    }
    return postgres;
  }

  /** The port, the same after a restart. */
  public int port() {
    return port;
  }

  /** Starts it again after {@link #stop}, with the same port and data. */
  public synchronized void restart() {
    if (postgres != null) {
      throw new IllegalStateException("PostgreSQL runs already");
    }
    try {
      postgres =
          EmbeddedPostgres.builder()
              .setPort(port)
              .setDataDirectory(data)
              .setCleanDataDirectory(false)
              .setRegisterShutdownHook(false)
              .setPGStartupWait(START_MAX)
              .setLocaleConfig("locale", "C")
              .setServerConfig("listen_addresses", "127.0.0.1")
              .setServerConfig("unix_socket_directories", "")
              .start();
      leash = Leash.on(pid(), "INT");
    } catch (IOException e) {
      throw new UncheckedIOException("PostgreSQL does not start", e);
    }
  }

  /** The postmaster, which the first line of its lock file names. */
  private long pid() throws IOException {
    return Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).getFirst().strip());
  }

  /** Stops it, breaking off every connection; its data stay. Does nothing if it does not run. */
  public synchronized void stop() {
    if (postgres == null) {
      return;
    }
    try {
      postgres.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    postgres = null;
    if (leash != null) {
      leash.slip();
    }
  }

  /** Stops it and deletes its data. */
  @Override
  public void close() {
    stop();
    Folders.delete(data);
    StopOrder.remove(close);
  }
}
