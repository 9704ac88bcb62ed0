package dev.gatehouse.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatehouse.testing.Amtool;
import dev.gatehouse.testing.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Alertmanager understands its configuration, and passes alerts on to whom they are for. */
final class AlertmanagerTest {

  private static final String CONFIGURATION = "deploy/alertmanager/alertmanager.yml";
  private static final Pattern RULE = Pattern.compile("rule=\"([^\"]+)\"");

  @Test
  void configuration_ofAlertmanager_isUnderstoodByIt() {
    Amtool.assumed().check("check-config", CONFIGURATION);
  }

  /** The gateway hears of callers only, people of everything; {@code other} is no caller. */
  @ParameterizedTest
  @CsvSource({
    "critical, orders-service, 'gateway,people-now'",
    "warning, orders-service, 'gateway,people-later'",
    "critical, other, people-now",
    "warning, unregistered, people-later",
    "critical, '', people-now",
    "warning, '', people-later",
  })
  void route_ofAnAlert_leadsToWhomItIsFor(String severity, String caller, String receivers) {
    Amtool.assumed()
        .check(
            "config",
            "routes",
            "test",
            "--config.file=" + CONFIGURATION,
            "--verify.receivers=" + receivers,
            "rule=some-rule",
            "severity=" + severity,
            "caller=" + caller);
  }

  @Test
  void rules_thatInhibitOrAreInhibited_exist() throws IOException {
    Set<String> unknown =
        RULE.matcher(Files.readString(Folders.project(CONFIGURATION)))
            .results()
            .map(found -> found.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(4, unknown.size());
    CatalogueTest.catalogue().rules().forEach(rule -> unknown.remove(rule.id()));
    assertEquals(Set.of(), unknown);
  }
}
