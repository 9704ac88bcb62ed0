package dev.gatehouse.audit.entry;

import dev.gatehouse.testing.GeneratedPart;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Holds the tables of docs/security/audit.md to the code. */
final class AuditDocTest {

  @Test
  void tables_ofKindsAndFields_areThoseOfTheCode() {
    List<String> lines = new ArrayList<>();
    lines.add("| kind | code | log | must have | may have |");
    lines.add("|---|---|---|---|---|");
    for (EntryKind kind : EntryKind.values()) {
      lines.add(
          "| `%s` | %d | %s | %s | %s |"
              .formatted(
                  kind.label(),
                  kind.code(),
                  kind.log() == EntryKind.Log.JOURNAL ? "journal" : "control",
                  fields(kind::requires),
                  fields(field -> kind.allows(field) && !kind.requires(field))));
    }
    lines.add("");
    lines.add("| field | tag | type | bytes |");
    lines.add("|---|---|---|---|");
    for (Field field : Field.values()) {
      lines.add(
          "| `%s` | %d | %s | %d to %d |"
              .formatted(
                  field.label(), field.tag(), field.type(), field.bytesMin(), field.bytesMax()));
    }
    GeneratedPart.check("docs/security/audit.md", lines);
  }

  private static String fields(Predicate<Field> wanted) {
    return Arrays.stream(Field.values())
        .filter(wanted)
        .map(field -> "`" + field.label() + "`")
        .collect(Collectors.joining(" "));
  }
}
