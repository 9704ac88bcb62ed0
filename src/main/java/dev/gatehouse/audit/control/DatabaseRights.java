package dev.gatehouse.audit.control;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/** What the role of the application could do to the control log beside adding to it. */
public final class DatabaseRights {

  private static final List<String> TABLES = List.of("audit_control_entry", "audit_control_node");

  /** Conditions on the current role, and what it means if they hold; in the order of asking. */
  private static final Map<String, String> OF_THE_ROLE =
      Map.of(
          "(select rolsuper from pg_roles where rolname = current_user)",
          "is a superuser",
          "(select rolcreaterole from pg_roles where rolname = current_user)",
          "may make roles, and so give itself others",
          "(select pg_has_role(current_user, datdba, 'MEMBER') from pg_database"
              + " where datname = current_database())",
          "is, or may become, the owner of the database",
          "exists (select from pg_roles where rolname in ('pg_execute_server_program',"
              + " 'pg_write_server_files') and pg_has_role(current_user, oid, 'MEMBER'))",
          "may write files of the server");

  private static final Map<String, String> OF_A_TABLE =
      Map.of(
          "(select pg_has_role(current_user, c.relowner, 'MEMBER')"
              + " from pg_class c where c.oid = to_regclass(?))",
          "is, or may become, the owner of %s",
          "(select pg_has_role(current_user, n.nspowner, 'MEMBER') from pg_class c"
              + " join pg_namespace n on n.oid = c.relnamespace where c.oid = to_regclass(?))",
          "is, or may become, the owner of the schema of %s",
          "has_any_column_privilege(current_user, to_regclass(?), 'UPDATE')",
          "may update %s",
          "has_table_privilege(current_user, to_regclass(?), 'DELETE')",
          "may delete from %s",
          "has_table_privilege(current_user, to_regclass(?), 'TRUNCATE')",
          "may truncate %s",
          "has_table_privilege(current_user, to_regclass(?), 'TRIGGER')",
          "may make triggers on %s",
          "not exists (select from pg_trigger where tgrelid = to_regclass(?)"
              + " and tgname like '%\\_kept' and tgenabled = 'A')",
          "works on %s, whose trigger against changes is missing or disabled");

  private DatabaseRights() {}

  /**
   * What is wrong with the role of these connections: everything that would let it change or remove
   * what is recorded; empty if nothing is. Each begins with what follows the words "the role".
   *
   * @throws SQLException if the database does not answer, or the tables are not there
   */
  public static List<String> problems(DataSource database) throws SQLException {
    List<String> problems = new ArrayList<>();
    try (Connection connection = database.getConnection()) {
      for (Map.Entry<String, String> one : OF_THE_ROLE.entrySet()) {
        if (holds(connection, one.getKey())) {
          problems.add(one.getValue());
        }
      }
      for (String table : TABLES) {
        for (Map.Entry<String, String> one : OF_A_TABLE.entrySet()) {
          if (holds(connection, one.getKey(), table)) {
            problems.add(one.getValue().replace("%s", table));
          }
        }
      }
    }
    problems.sort(null);
    return List.copyOf(problems);
  }

  private static boolean holds(Connection connection, String condition, String... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("select " + condition)) {
      for (int i = 0; i < values.length; i++) {
        statement.setString(i + 1, values[i]);
      }
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() && (rows.getBoolean(1) || rows.wasNull());
      }
    }
  }
}
