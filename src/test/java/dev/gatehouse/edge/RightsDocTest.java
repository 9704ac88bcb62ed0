package dev.gatehouse.edge;

import dev.gatehouse.core.Right;
import dev.gatehouse.core.Role;
import dev.gatehouse.testing.GeneratedPart;
import dev.gatehouse.testing.RightsMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Holds the tables of docs/rights.md to {@link Role} and to the matrix of methods and roles. */
final class RightsDocTest {

  @Test
  void tables_ofMethodsAndRoles_areThoseOfTheMatrix() {
    List<String> lines = new ArrayList<>();
    lines.add("### Rights of roles");
    lines.add("");
    lines.add("| right | " + roles(role -> "`" + role.claim() + "`") + " |");
    lines.add("|---|" + "---|".repeat(Role.values().length));
    for (Right right : Right.values()) {
      String held = roles(role -> cell(role.rights().contains(right)));
      lines.add("| `%s` | %s |".formatted(right, held));
    }
    String service = "";
    for (RightsMatrix.Row row : RightsMatrix.rows()) {
      if (!row.service().equals(service)) {
        service = row.service();
        lines.add("");
        lines.add("### " + service);
        lines.add("");
        lines.add(
            "| method | nobody | " + roles(role -> "`" + role.claim() + "`") + " | step-up |");
        lines.add("|---|---|" + "---|".repeat(Role.values().length) + "---|");
      }
      lines.add(
          "| `%s` | %s | %s | %s |"
              .formatted(
                  row.bareMethod(),
                  cell(row.open()),
                  roles(role -> cell(row.roles().contains(role))),
                  cell(row.stepUp())));
    }
    GeneratedPart.check("docs/rights.md", lines);
  }

  private static String cell(boolean yes) {
    return yes ? "yes" : "–";
  }

  private static String roles(Function<Role, String> cell) {
    return Arrays.stream(Role.values()).map(cell).collect(Collectors.joining(" | "));
  }
}
