package dev.gatehouse.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.PostgresServer;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.exceptionsorter.PostgreSQLExceptionSorter;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** Quotas of several replicas, each with threads and connections of its own, on one PostgreSQL. */
final class QuotaReplicasIT {

  private static final int REPLICAS = 3;
  private static final int THREADS = 64;
  private static final int PERCENT = 10;
  private static final int CONNECTIONS = 5;
  private static final Duration ANSWER_MAX = Duration.ofMinutes(1);
  private static final ModelName MODEL = new ModelName("digits");
  private static final GrantId GRANT = new GrantId("orders");

  private final Ticker ticker = SystemTime.ticker();
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  private PostgresServer.Database migrated(PostgresServer server) {
    return server.createDatabase().migrated();
  }

  private Quotas replica(PostgresServer.Database database) {
    try {
      AgroalDataSource pool =
          AgroalDataSource.from(
              new AgroalDataSourceConfigurationSupplier()
                  .connectionPoolConfiguration(
                      connections ->
                          connections
                              .maxSize(CONNECTIONS)
                              .exceptionSorter(new PostgreSQLExceptionSorter())
                              .acquisitionTimeout(Duration.ofSeconds(5))
                              .connectionFactoryConfiguration(
                                  factory ->
                                      factory
                                          .jdbcUrl(database.jdbcUrl())
                                          .principal(new NamePrincipal(database.user()))
                                          .credential(new SimplePassword(database.password())))));
      open.add(pool);
      Quotas quotas = new Quotas(pool, new QuotaSettings(PERCENT), ticker);
      quotas.start((nanos, failed) -> {});
      open.add(quotas::stop);
      return quotas;
    } catch (SQLException e) {
      throw new IllegalStateException("no connections", e);
    }
  }

  private static QuotaAnswer.Settled take(Quotas quotas, GrantId grant, Quota quota, int rows) {
    return switch (quotas.take(MODEL, grant, quota, rows, Deadline.NONE)) {
      case QuotaAnswer.Settled settled -> settled;
      case QuotaWait wait -> {
        CompletableFuture<QuotaAnswer.Settled> answer = new CompletableFuture<>();
        wait.whenSettled(answer::complete);
        yield answer.orTimeout(ANSWER_MAX.toSeconds(), TimeUnit.SECONDS).join();
      }
    };
  }

  /** A taking that does not depend on whether this machine stands still for a second. */
  private static QuotaAnswer.Settled takeSurely(
      Quotas quotas, GrantId grant, Quota quota, int rows) {
    List<QuotaAnswer.Settled> last = new ArrayList<>();
    Await.until(
        ANSWER_MAX,
        () -> {
          last.clear();
          last.add(take(quotas, grant, quota, rows));
          return !(last.getFirst() instanceof QuotaAnswer.Refused refused
              && refused.refusal() instanceof Refusal.DependencyLost);
        });
    return last.getFirst();
  }

  /** What the hammering of all replicas came to. */
  private record Hammered(long calls, long rows, double seconds, int refused) {}

  /**
   * Takes with all threads for that time, and for as long after it as the machine needs until
   * {@code leastRows} were let in and somebody was refused: it may stand still for longer than it
   * is hammered.
   */
  private Hammered hammer(Quota quota, Duration time, int rowsEach, long leastRows)
      throws Exception {
    PostgresServer.Database database = migrated(PostgresServer.shared());
    List<Quotas> replicas = new ArrayList<>();
    for (int i = 0; i < REPLICAS; i++) {
      replicas.add(replica(database));
    }
    LongAdder calls = new LongAdder();
    LongAdder refused = new LongAdder();
    long began = ticker.nanos();
    long until = began + time.toNanos();
    BooleanSupplier goOn =
        () -> {
          long now = ticker.nanos();
          boolean little = calls.sum() * rowsEach < leastRows || refused.sum() == 0;
          return now - until < 0 || (little && now - until < ANSWER_MAX.toNanos());
        };
    List<Thread> threads = new ArrayList<>();
    for (Quotas quotas : replicas) {
      for (int i = 0; i < THREADS; i++) {
        threads.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      while (goOn.getAsBoolean()) {
                        if (take(quotas, GRANT, quota, rowsEach) instanceof QuotaTicket ticket) {
                          calls.increment();
                          ticket.spend();
                        } else {
                          refused.increment();
                          // Clients that are refused do not come back within the same instant.
                          Thread.onSpinWait();
                        }
                      }
                    }));
      }
    }
    for (Thread thread : threads) {
      thread.join();
    }
    double seconds = (ticker.nanos() - began) / 1e9;
    return new Hammered(calls.sum(), calls.sum() * rowsEach, seconds, refused.intValue());
  }

  @Test
  void calls_ofThreeReplicas_areAllOfTheBurstAndNoMoreThanTheBound() throws Exception {
    int burst = 3_000;
    int rate = 200;
    Hammered hammered = hammer(new Quota(rate, burst, 0, 0, 0), Duration.ofSeconds(6), 1, burst);
    long lease = new QuotaSettings(PERCENT).lease(burst);
    assertTrue(
        hammered.calls() <= burst + rate * hammered.seconds() + REPLICAS * lease, "" + hammered);
    assertTrue(hammered.calls() >= burst, "" + hammered);
    assertTrue(hammered.refused() > 0, "" + hammered);
  }

  @Test
  void rows_ofThreeReplicas_areNoMoreThanTheBound() throws Exception {
    int rate = 2_000;
    int each = 7;
    Hammered hammered =
        hammer(new Quota(0, 0, rate, 0, 0), Duration.ofSeconds(4), each, rate - each);
    long lease = new QuotaSettings(PERCENT).lease(rate);
    assertTrue(
        hammered.rows() <= rate + rate * hammered.seconds() + REPLICAS * lease, "" + hammered);
    assertTrue(hammered.rows() >= rate - each, "" + hammered);
  }

  @Test
  void rowsOfADay_ofThreeReplicas_areNoMoreThanTheBound() throws Exception {
    int day = 5_000;
    int each = 3;
    long days = Duration.between(Instant.EPOCH, SystemTime.wall().instant()).toDays();
    // What is left in the tanks comes back when the replicas stop.
    long least = day - REPLICAS * new QuotaSettings(PERCENT).lease(day);
    Hammered hammered = hammer(new Quota(0, 0, 0, day, 0), Duration.ofSeconds(2), each, least);
    long midnights = Duration.between(Instant.EPOCH, SystemTime.wall().instant()).toDays() - days;
    assertTrue(hammered.rows() <= day * (1 + midnights), "" + hammered);
    assertTrue(hammered.rows() >= least, "" + hammered);
  }

  @Test
  void stop_replicaHoldsTokens_othersCanHaveThem() {
    PostgresServer.Database database = migrated(PostgresServer.shared());
    Quota daily = new Quota(0, 0, 0, 100, 0);
    Quotas first = replica(database);
    assertInstanceOf(QuotaTicket.class, takeSurely(first, GRANT, daily, 1)).giveBack();
    first.stop();
    assertInstanceOf(QuotaTicket.class, takeSurely(replica(database), GRANT, daily, 100));
  }

  @Test
  void bucket_ofADeletedGrant_goesWithIt() throws SQLException {
    PostgresServer.Database database = migrated(PostgresServer.shared());
    Quotas quotas = replica(database);
    Quota quota = new Quota(5, 10, 20, 30, 0);
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "insert into access_grants (model, id, team, actions, expire_time, creator, create_time)"
              + " select 'digits', id, 'shop', '{INFER}', now() + interval '1 day', 'ada', now()"
              + " from unnest(array['orders', 'orders2', 'order', 'orders-2']) as id");
      for (String grant : List.of("orders", "orders2", "order", "orders-2")) {
        assertInstanceOf(QuotaTicket.class, takeSurely(quotas, new GrantId(grant), quota, 1));
      }
      assertEquals(12, count(statement));
      statement.execute("delete from access_grants where id = 'orders'");
      assertEquals(9, count(statement));
      statement.execute("delete from access_grants");
      assertEquals(0, count(statement));
    }
  }

  private static int count(Statement statement) throws SQLException {
    try (ResultSet row =
        statement.executeQuery(
            "select count(*) from access_quota_buckets where state is not null")) {
      row.next();
      return row.getInt(1);
    }
  }

  @Test
  void removeExpired_fullBuckets_goAndOthersStay() throws SQLException {
    PostgresServer.Database database = migrated(PostgresServer.shared());
    Quotas quotas = replica(database);
    takeSurely(quotas, GRANT, new Quota(5, 10, 20, 0, 0), 1);
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "update access_quota_buckets set expires_at = 0 where id like 'digits/orders/rows:%'");
      PGSimpleDataSource plain = new PGSimpleDataSource();
      plain.setUrl(database.jdbcUrl());
      plain.setUser(database.user());
      plain.setPassword(database.password());
      new QuotaTable(plain, ticker).removeExpired();
      assertEquals(1, count(statement));
    }
  }

  @Test
  void database_lostAndBack_refusesMeanwhileOnceTheTankIsEmpty() {
    try (PostgresServer server = PostgresServer.start()) {
      Quotas quotas = replica(migrated(server));
      Quota quota = new Quota(1, 100, 0, 0, 0);
      assertInstanceOf(QuotaTicket.class, takeSurely(quotas, GRANT, quota, 1));
      server.stop();
      int granted = 0;
      QuotaAnswer.Settled answer = take(quotas, GRANT, quota, 1);
      while (answer instanceof QuotaTicket) {
        granted++;
        answer = take(quotas, GRANT, quota, 1);
      }
      assertTrue(granted <= new QuotaSettings(PERCENT).lease(100), granted + " granted");
      QuotaAnswer.Refused refused = assertInstanceOf(QuotaAnswer.Refused.class, answer);
      assertInstanceOf(Refusal.DependencyLost.class, refused.refusal());
      server.restart();
      assertInstanceOf(QuotaTicket.class, takeSurely(quotas, GRANT, quota, 1));
    }
  }
}
