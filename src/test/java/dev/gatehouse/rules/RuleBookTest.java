package dev.gatehouse.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.abuse.rules.RuleBook;
import dev.gatehouse.testing.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The rules in the process are those of the catalogue, and the documents say what they are. */
final class RuleBookTest {

  private static final Pattern ROW =
      Pattern.compile(
          "(?m)^\\| \\[`([a-z-]+)`]\\(\\.\\./runbooks/([a-z-]+)\\.md\\) \\| (\\w+) \\| (\\w+) \\| ([^|]+) \\|");

  private final Map<String, Rule> accusing = accusing();

  private static Map<String, Rule> accusing() {
    Map<String, Rule> rules = new TreeMap<>();
    for (Rule rule : CatalogueTest.catalogue().rules()) {
      if (rule.summary().contains("$labels.caller")) {
        rules.put(rule.id(), rule);
      }
    }
    return rules;
  }

  @Test
  void ids_ofRulesAboutCallers_areThoseOfTheCatalogue() {
    assertEquals(accusing.keySet(), new TreeSet<>(RuleBook.ids()));
    accusing.forEach(
        (id, rule) ->
            assertEquals(
                rule.severity(),
                RuleBook.find(id).orElseThrow().severity().name().toLowerCase(Locale.ROOT),
                id));
    for (String id : RuleBook.ids()) {
      assertTrue(RuleBook.find(id).orElseThrow().restraint().isPresent(), id);
    }
  }

  @Test
  void rulesOfOperations_accuseNobody() {
    for (Rule rule : CatalogueTest.catalogue().rules()) {
      if (!accusing.containsKey(rule.id())) {
        assertTrue(RuleBook.find(rule.id()).isEmpty(), rule.id());
      }
    }
  }

  @Test
  void table_inTheDocument_isTheRuleBook() throws IOException {
    Matcher rows = ROW.matcher(Files.readString(Folders.project("docs/security/abuse.md")));
    Set<String> told = new TreeSet<>();
    while (rows.find()) {
      String id = rows.group(1);
      told.add(id);
      assertEquals(id, rows.group(2));
      assertEquals(
          RuleBook.find(id).orElseThrow().severity().name().toLowerCase(Locale.ROOT),
          rows.group(3),
          id);
      assertEquals(
          RuleBook.find(id).orElseThrow().restraint().orElseThrow().name().toLowerCase(Locale.ROOT),
          rows.group(4),
          id);
      assertEquals(
          !RuleBook.find(id).orElseThrow().inProcess(),
          rows.group(5).startsWith("by Prometheus alone"),
          id);
      assertTrue(Files.exists(Folders.project("docs/runbooks/" + id + ".md")), id);
    }
    assertEquals(new TreeSet<>(RuleBook.ids()), told);
  }
}
