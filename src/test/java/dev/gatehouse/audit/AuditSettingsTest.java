package dev.gatehouse.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The bounds of the settings. */
final class AuditSettingsTest {

  private static final Path FILE = Path.of("audit.log");
  private static final Duration MILLI = Duration.ofMillis(1);

  @Test
  void settings_outOfBounds_areRefused() {
    assertRefused(AuditSettings.BACKLOG_MIN - 1, MILLI, MILLI, MILLI);
    assertRefused(AuditSettings.BACKLOG_LIMIT + 1, MILLI, MILLI, MILLI);
    assertRefused(16, MILLI.negated(), MILLI, MILLI);
    assertRefused(16, MILLI, Duration.ZERO, MILLI);
    assertRefused(16, MILLI, MILLI, MILLI.negated());
  }

  @Test
  void offeredMax_ofAnyBacklog_leavesAQuarter() {
    assertEquals(12, new AuditSettings(FILE, 16, MILLI, MILLI, MILLI).offeredMax());
    assertEquals(49_152, AuditSettings.of(FILE).offeredMax());
  }

  private static void assertRefused(int backlogMax, Duration flush, Duration retry, Duration wait) {
    assertThrows(
        IllegalArgumentException.class,
        () -> new AuditSettings(FILE, backlogMax, flush, retry, wait));
  }
}
