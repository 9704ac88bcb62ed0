package dev.gatehouse.audit.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.SystemTime;
import dev.gatehouse.testing.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/** What the two roles of a real PostgreSQL may do to the control log. */
final class DatabaseRightsIT {

  private static final String JOURNAL = "0123456789abcdef0123456789abcdef";

  private PostgresServer.Database database;

  @BeforeEach
  void fill() {
    database = PostgresServer.shared().createDatabase().migrated();
    PostgresControlLog log =
        new PostgresControlLog(
            plain(database), () -> {}, new ControlLogSettings("t", "r"), SystemTime.wall());
    log.opened(JOURNAL);
  }

  private static PGSimpleDataSource plain(PostgresServer.Database database) {
    PGSimpleDataSource plain = new PGSimpleDataSource();
    plain.setUrl(database.jdbcUrl());
    plain.setUser(database.user());
    plain.setPassword(database.password());
    return plain;
  }

  private static SQLException refused(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return assertThrows(SQLException.class, () -> statement.execute(sql), sql);
    }
  }

  private void asOwner(String sql) throws SQLException {
    try (Connection connection = database.connectAsOwner();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private long count() throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select count(*) from audit_control_entry")) {
      assertTrue(rows.next());
      return rows.getLong(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "update audit_control_entry set caller = 'x'",
        "update audit_control_node set index = index + 100",
        "delete from audit_control_entry",
        "delete from audit_control_node",
        "truncate audit_control_entry",
        "truncate audit_control_node",
        "select * from audit_control_entry for update",
        "drop table audit_control_entry",
        "drop schema public cascade",
        "alter table audit_control_entry disable trigger all",
        "alter table audit_control_entry add column x int",
        "alter table audit_control_entry owner to current_user",
        "drop trigger audit_control_entry_kept on audit_control_entry",
        "create trigger mine before insert on audit_control_entry"
            + " execute function audit_control_kept()",
        "create or replace function audit_control_kept() returns trigger language plpgsql"
            + " as 'begin return null; end'",
        "set session_replication_role = replica",
        "create table public.mine (x int)",
        "insert into flyway_schema_history select * from flyway_schema_history",
        "update flyway_schema_history set success = false",
        "insert into audit_control_entry (sequence, entry, time, kind)"
            + " select sequence, entry, time, kind from audit_control_entry",
        "insert into audit_control_entry (sequence, entry, time, kind)"
            + " values (0, 'x', now(), 17) on conflict (sequence) do update set kind = 17"
      })
  void application_whatChangesTheRecord_isRefused(String sql) throws SQLException {
    try (Connection connection = database.connect()) {
      SQLException refused = refused(connection, sql);
      assertTrue(List.of("42501", "23505").contains(refused.getSQLState()), refused.getMessage());
    }
    assertEquals(2, count());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "update audit_control_entry set caller = 'x'",
        "update audit_control_entry set caller = 'x' where false",
        "update audit_control_node set index = index + 100",
        "delete from audit_control_entry",
        "delete from audit_control_node",
        "truncate audit_control_entry",
        "truncate audit_control_node",
        "truncate audit_control_entry, audit_control_node cascade",
      })
  void owner_beforeTheTriggersAreDisabled_isStopped(String sql) throws SQLException {
    try (Connection connection = database.connectAsOwner()) {
      assertTrue(refused(connection, sql).toString().contains("never changed"));
    }
    assertEquals(2, count());
  }

  @Test
  void owner_afterTheTriggersAreDisabled_isNotStopped() throws SQLException {
    asOwner("alter table audit_control_entry disable trigger audit_control_entry_kept");
    asOwner("delete from audit_control_entry where sequence = 1");
    assertEquals(1, count());
  }

  @Test
  void problems_twoRoles_areNone() throws SQLException {
    assertEquals(List.of(), DatabaseRights.problems(plain(database)));
  }

  @Test
  void problems_oneRole_areNamed() throws SQLException {
    List<String> problems = DatabaseRights.problems(plain(database.withOneRole()));
    assertTrue(
        problems.contains("is, or may become, the owner of audit_control_entry"),
        problems::toString);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "grant update (caller) on audit_control_entry to %s",
        "grant update on audit_control_entry to %s",
        "grant delete on audit_control_node to public",
        "grant truncate on audit_control_entry to %s",
        "grant trigger on audit_control_entry to %s",
        "alter table audit_control_entry disable trigger all",
        "alter table audit_control_node enable trigger audit_control_node_kept",
        "drop trigger audit_control_node_kept on audit_control_node",
        "alter schema public owner to %s",
        "grant \"OWNER\" to %s",
        "grant pg_write_all_data to %s",
        "alter role %s superuser",
        "alter role %s createrole",
        "grant pg_execute_server_program to %s",
      })
  void problems_anyWayToChangeIt_isNamed(String sql) throws SQLException {
    try (Connection connection = PostgresServer.shared().connectAsSuperuser(database);
        Statement statement = connection.createStatement()) {
      statement.execute(
          sql.replace("%s", database.user()).replace("\"OWNER\"", database.ownerUser()));
    }
    assertFalse(DatabaseRights.problems(plain(database)).isEmpty(), sql);
  }

  @Test
  void migration_again_takesBackWhatWasGranted() throws SQLException {
    asOwner("grant update, delete on audit_control_entry to " + database.user());
    asOwner("create table later (x int)");
    PostgresServer.Database again = database.migrated();
    assertEquals(List.of(), DatabaseRights.problems(plain(again)));
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      assertEquals(1, statement.executeUpdate("insert into later values (1)"));
    }
  }
}
