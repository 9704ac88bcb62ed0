package dev.gatehouse.testing;

import dev.gatehouse.core.Role;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Every method of the gateway and who may call it, as {@code rights.csv} says: written by people,
 * and what tests hold the code, the running gateway and docs/rights.md to.
 */
public final class RightsMatrix {

  private static final List<Role> COLUMNS =
      List.of(Role.CALLER, Role.PUBLISHER, Role.AUDITOR, Role.RESPONDER, Role.ADMINISTRATOR);

  private RightsMatrix() {}

  /**
   * One method.
   *
   * @param method its full name, such as {@code inference.GRPCInferenceService/ModelInfer}
   * @param open whether anybody may call it without a credential
   * @param roles the roles that may call it
   * @param stepUp whether people need a recent login with several factors
   */
  public record Row(String method, boolean open, Set<Role> roles, boolean stepUp) {

    /** Copies the roles. */
    public Row {
      roles = Set.copyOf(roles);
    }

    /** The service's full name. */
    public String service() {
      return method.substring(0, method.indexOf('/'));
    }

    /** The method's name within its service. */
    public String bareMethod() {
      return method.substring(method.indexOf('/') + 1);
    }

    @Override
    public String toString() {
      return method;
    }
  }

  /** All rows in the order of the file. */
  public static List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (String line : text().lines().skip(1).toList()) {
      rows.add(row(line));
    }
    return rows;
  }

  private static Row row(String line) {
    String[] cells = line.split(",", -1);
    if (cells.length != COLUMNS.size() + 3) {
      throw new IllegalStateException("rights.csv: " + line);
    }
    Set<Role> roles = EnumSet.noneOf(Role.class);
    for (int i = 0; i < COLUMNS.size(); i++) {
      if (yes(cells[i + 2])) {
        roles.add(COLUMNS.get(i));
      }
    }
    return new Row(cells[0], yes(cells[1]), roles, yes(cells[cells.length - 1]));
  }

  private static boolean yes(String cell) {
    return switch (cell) {
      case "yes" -> true;
      case "no" -> false;
      default -> throw new IllegalStateException("rights.csv: " + cell);
    };
  }

  private static String text() {
    try (InputStream stream = RightsMatrix.class.getResourceAsStream("/rights.csv")) {
      if (stream == null) {
        throw new IllegalStateException("no rights.csv");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
