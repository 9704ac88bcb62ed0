package dev.gatehouse.abuse.response;

import dev.gatehouse.abuse.Severity;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * What rules found, as it is kept in the database for all replicas.
 *
 * <p>Of each rule, caller, model and source there is one finding while it lasts: found again within
 * {@link #LASTING} it is the same one. A caller has at most {@link #OPEN_MAX} at once that name a
 * model; further ones of a rule are kept as one that names none. A database that is away shows as
 * {@link IllegalStateException} with the {@link SQLException} as its cause.
 */
@Singleton
public class Findings {

  /** So long after it was found last, a finding ends: what comes and goes is one. */
  public static final Duration LASTING = Duration.ofHours(1);

  /** How long findings are kept. */
  public static final Duration RETENTION = Duration.ofDays(90);

  /** Findings of a caller that last at once and name a model. */
  public static final int OPEN_MAX = 64;

  /** How many findings one question returns. */
  public static final int ROWS_MAX = 256;

  /** How long alerts are remembered that were taken: well longer than they could count again. */
  static final Duration ALERTS_KEPT = AlertCheck.AGE_MAX.multipliedBy(2);

  /** How many rows are removed at once. */
  static final int REMOVED_MAX = 10_000;

  private static final int ANSWER_SECONDS_MAX = 5;

  /** The first half of the key of the advisory locks; the second is made of the caller. */
  private static final int LOCK = 0x6761_6668;

  private static final String OPEN =
      " where open and caller = ? and rule = ? and source = ? and model is not distinct from ?";

  private final DataSource database;

  /**
   * Findings in a migrated database.
   *
   * @param database within a transaction gives the connection of that
   */
  public Findings(DataSource database) {
    this.database = database;
  }

  /**
   * A finding.
   *
   * @throws RefusedException with {@code NotFound}
   */
  public Finding get(String id) {
    return ask("select * from abuse_findings where id = ?", one -> one.setString(1, id)).stream()
        .findFirst()
        .orElseThrow(() -> new RefusedException(new Refusal.NotFound("finding " + id)));
  }

  /**
   * Findings, the latest first.
   *
   * @param after the id of the last of the page before, or null; refused as {@code NotFound} if
   *     there is no such finding
   * @param caller only those of this one, or null
   * @param rule only those of this one, or null
   * @param limit the most
   */
  public List<Finding> list(
      @Nullable String after, @Nullable CallerId caller, @Nullable String rule, int limit) {
    List<String> conditions = new ArrayList<>(List.of("true"));
    List<Object> values = new ArrayList<>();
    if (after != null) {
      conditions.add("(create_time, id) < (?, ?)");
      values.add(time(get(after).createTime()));
      values.add(after);
    }
    if (caller != null) {
      conditions.add("caller = ?");
      values.add(caller.value());
    }
    if (rule != null) {
      conditions.add("rule = ?");
      values.add(rule);
    }
    values.add(limit);
    return ask(
        "select * from abuse_findings where "
            + String.join(" and ", conditions)
            + " order by create_time desc, id desc limit ?",
        statement -> {
          for (int i = 0; i < values.size(); i++) {
            statement.setObject(i + 1, values.get(i));
          }
        });
  }

  /**
   * Writes down that something was found, for the first time or again. A new finding is {@code
   * UNCONFIRMED}.
   *
   * @throws IllegalStateException if there is no transaction
   */
  Noted note(NewFinding found) {
    return inTransaction(connection -> note(connection, found));
  }

  /**
   * As {@link #note}, of an alert; empty, and nothing is written, if it was taken within the last
   * minute. Alertmanager tells of an alert again and again while it fires, which repeats the
   * finding.
   *
   * @param fingerprint its fingerprint
   * @param startsAt since when it fires
   */
  Optional<Noted> noteAlert(String fingerprint, Instant startsAt, NewFinding found) {
    return inTransaction(
        connection -> {
          try (PreparedStatement once =
              prepare(
                  connection,
                  "insert into abuse_alerts (fingerprint, starts_at, arrive_time) values (?, ?, ?)"
                      + " on conflict (fingerprint, starts_at) do update set arrive_time ="
                      + " excluded.arrive_time where abuse_alerts.arrive_time <="
                      + " excluded.arrive_time - interval '1 minute'")) {
            once.setString(1, fingerprint);
            once.setObject(2, time(startsAt));
            once.setObject(3, time(found.lastTime()));
            if (once.executeUpdate() == 0) {
              return Optional.empty();
            }
          }
          return Optional.of(note(connection, found));
        });
  }

  private static Noted note(Connection connection, NewFinding found) throws SQLException {
    lock(connection, found.caller());
    end(connection, found);
    Optional<Finding> again = repeat(connection, found);
    if (again.isPresent()) {
      return new Noted(again.get(), false);
    }
    if (found.model() != null && open(connection, found.caller()) >= OPEN_MAX) {
      return note(connection, found.withoutModel());
    }
    return new Noted(insert(connection, found), true);
  }

  /** Lets nobody else note anything of this caller until the transaction ends. */
  private static void lock(Connection connection, CallerId caller) throws SQLException {
    try (PreparedStatement lock =
        prepare(connection, "select pg_advisory_xact_lock(?, hashtext(?))")) {
      lock.setInt(1, LOCK);
      lock.setString(2, caller.value());
      boolean ignored = lock.execute();
    }
  }

  /** Ends what the caller has not been found doing for long. */
  private static void end(Connection connection, NewFinding found) throws SQLException {
    try (PreparedStatement end =
        prepare(
            connection,
            "update abuse_findings set open = false where open and caller = ? and last_time < ?")) {
      end.setString(1, found.caller().value());
      end.setObject(2, time(found.firstTime().minus(LASTING)));
      int ignored = end.executeUpdate();
    }
  }

  private static Optional<Finding> repeat(Connection connection, NewFinding found)
      throws SQLException {
    try (PreparedStatement repeat =
        prepare(
            connection,
            "update abuse_findings set last_time = greatest(last_time, ?), repetitions ="
                + " least(repetitions::bigint + ?, 2147483647)::integer"
                + OPEN
                + " returning *")) {
      repeat.setObject(1, time(found.lastTime()));
      repeat.setInt(2, found.times());
      repeat.setString(3, found.caller().value());
      repeat.setString(4, found.rule());
      repeat.setString(5, found.source().name());
      setText(repeat, 6, found.model());
      return read(repeat).stream().findFirst();
    }
  }

  private static int open(Connection connection, CallerId caller) throws SQLException {
    try (PreparedStatement count =
        prepare(
            connection,
            "select count(*) from abuse_findings where open and caller = ? and model is not"
                + " null")) {
      count.setString(1, caller.value());
      try (ResultSet result = count.executeQuery()) {
        return result.next() ? result.getInt(1) : 0;
      }
    }
  }

  private static Finding insert(Connection connection, NewFinding found) throws SQLException {
    try (PreparedStatement insert =
        prepare(
            connection,
            "insert into abuse_findings (id, rule, severity, source, caller, model, evidence,"
                + " repetitions, response, create_time, last_time)"
                + " values (?, ?, ?, ?, ?, ?, ?, ?, 'UNCONFIRMED', ?, ?) returning *")) {
      insert.setString(1, UUID.randomUUID().toString());
      insert.setString(2, found.rule());
      insert.setString(3, found.severity().name());
      insert.setString(4, found.source().name());
      insert.setString(5, found.caller().value());
      setText(insert, 6, found.model());
      insert.setString(7, found.evidence());
      insert.setInt(8, found.times() - 1);
      insert.setObject(9, time(found.firstTime()));
      insert.setObject(10, time(found.lastTime()));
      return read(insert).getFirst();
    }
  }

  /** The findings of a caller that a gateway saw since then, the latest first. */
  List<Finding> confirmed(CallerId caller, Instant since) {
    return ask(
        "select * from abuse_findings where caller = ? and confirm_time >= ? order by confirm_time"
            + " desc limit "
            + ROWS_MAX,
        statement -> {
          statement.setString(1, caller.value());
          statement.setObject(2, time(since));
        });
  }

  /** Findings that no gateway has confirmed and that were found since then, the latest first. */
  List<Finding> unconfirmed(Instant since) {
    return ask(
        "select * from abuse_findings where response = 'UNCONFIRMED' and last_time >= ? order by"
            + " last_time desc limit "
            + ROWS_MAX,
        statement -> statement.setObject(1, time(since)));
  }

  /** Notes that a gateway sees it in its own traffic. */
  void confirm(Finding finding, Instant at) {
    int ignored =
        run(
            connection -> {
              try (PreparedStatement confirm =
                  prepare(
                      connection,
                      "update abuse_findings set confirm_time = greatest(confirm_time, ?) where id"
                          + " = ?")) {
                confirm.setObject(1, time(at));
                confirm.setString(2, finding.id());
                return confirm.executeUpdate();
              }
            });
  }

  /**
   * Notes what was done about a finding; returns whether it did, which it does not if another
   * replica was faster.
   *
   * @param finding as it was read
   */
  boolean settle(Finding finding, Finding.Response response, @Nullable String restriction) {
    return run(
        connection -> {
          try (PreparedStatement settle =
              prepare(
                  connection,
                  "update abuse_findings set response = ?, restriction = ? where id = ? and"
                      + " response = ?")) {
            settle.setString(1, response.name());
            setText(settle, 2, restriction);
            settle.setString(3, finding.id());
            settle.setString(4, finding.response().name());
            return settle.executeUpdate() == 1;
          }
        });
  }

  /** Forgets what is too old, a bounded number at once. */
  void forget(Instant now) {
    forget("abuse_findings", "last_time", now.minus(RETENTION));
    forget("abuse_alerts", "arrive_time", now.minus(ALERTS_KEPT));
  }

  private void forget(String table, String column, Instant before) {
    int ignored =
        run(
            connection -> {
              try (PreparedStatement delete =
                  prepare(
                      connection,
                      "delete from %1$s where ctid in (select ctid from %1$s where %2$s < ? limit %3$d)"
                          .formatted(table, column, REMOVED_MAX))) {
                delete.setObject(1, time(before));
                return delete.executeUpdate();
              }
            });
  }

  private interface Binding {
    void bind(PreparedStatement statement) throws SQLException;
  }

  private interface Work<T> {
    T run(Connection connection) throws SQLException;
  }

  private List<Finding> ask(String sql, Binding binding) {
    return run(
        connection -> {
          try (PreparedStatement statement = prepare(connection, sql)) {
            binding.bind(statement);
            return read(statement);
          }
        });
  }

  private <T> T inTransaction(Work<T> work) {
    return run(
        connection -> {
          if (connection.getAutoCommit()) {
            throw new IllegalStateException("there is no transaction to note findings in");
          }
          return work.run(connection);
        });
  }

  private <T> T run(Work<T> work) {
    try (Connection connection = database.getConnection()) {
      return work.run(connection);
    } catch (SQLException e) {
      throw new IllegalStateException("findings could not be read or written", e);
    }
  }

  private static PreparedStatement prepare(Connection connection, String sql) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    statement.setQueryTimeout(ANSWER_SECONDS_MAX);
    return statement;
  }

  private static void setText(PreparedStatement statement, int index, @Nullable Object text)
      throws SQLException {
    if (text == null) {
      statement.setNull(index, Types.VARCHAR);
    } else {
      statement.setString(index, text.toString());
    }
  }

  /** As exactly as the database keeps it. */
  private static OffsetDateTime time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MICROS).atOffset(ZoneOffset.UTC);
  }

  private static List<Finding> read(PreparedStatement statement) throws SQLException {
    List<Finding> findings = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        String model = row.getString("model");
        OffsetDateTime confirmed = row.getObject("confirm_time", OffsetDateTime.class);
        findings.add(
            new Finding(
                row.getString("id"),
                row.getString("rule"),
                Severity.valueOf(row.getString("severity")),
                Finding.Source.valueOf(row.getString("source")),
                new CallerId(row.getString("caller")),
                model == null ? null : new ModelName(model),
                row.getString("evidence"),
                row.getInt("repetitions"),
                Finding.Response.valueOf(row.getString("response")),
                row.getString("restriction"),
                row.getObject("create_time", OffsetDateTime.class).toInstant(),
                row.getObject("last_time", OffsetDateTime.class).toInstant(),
                confirmed == null ? null : confirmed.toInstant()));
      }
    }
    return findings;
  }
}
