package dev.gatehouse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Holds the walls between the rooms. Each {@link HouseRule} is tried twice: on the product, which
 * must keep it, and on small sources that break it, which it must see; a rule that sees nothing
 * would otherwise look like one that is kept.
 */
final class ArchitectureTest {

  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.gatehouse")
          .that(HouseRule.WRITTEN_BY_US);

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(HouseRule.class)
  void product_ruleOfTheHouse_isKept(HouseRule rule) {
    rule.rule().check(PRODUCT);
  }

  @ParameterizedTest
  @EnumSource(HouseRule.class)
  void violation_ofTheRule_isSeen(HouseRule rule) throws IOException {
    List<String> violations = rule.violations();
    assertFalse(violations.isEmpty());
    for (int i = 0; i < violations.size(); i++) {
      JavaClasses wrong = SourceCompiler.compile(violations.get(i), folder.resolve(rule + "-" + i));
      assertTrue(rule.rule().evaluate(wrong).hasViolation(), violations.get(i));
    }
  }

  @Test
  void rooms_inTheTable_areThoseThereAre() {
    TreeSet<String> rooms = new TreeSet<>();
    PRODUCT.stream()
        .filter(type -> !type.getSimpleName().equals("package-info"))
        .forEach(type -> rooms.add(HouseRule.room(type)));
    assertEquals(new TreeSet<>(HouseRule.LEVELS.keySet()), rooms);
  }
}
