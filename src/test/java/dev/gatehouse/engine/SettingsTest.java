package dev.gatehouse.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatehouse.core.SystemTime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings refuse what is out of range. */
class SettingsTest {

  @Test
  void parse_everyForm_understood() {
    assertEquals(new DeviceChoice.Auto(), DeviceChoice.parse("auto"));
    assertEquals(new DeviceChoice.Cpu(), DeviceChoice.parse("cpu"));
    assertEquals(new DeviceChoice.Gpus(List.of(0, 12)), DeviceChoice.parse("gpu:0,12"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "gpu", "gpu:", "gpu:-1", "gpu:0,", "gpu:0,0", "gpu:64", "CPU"})
  void parse_anythingElse_refused(String text) {
    assertThrows(IllegalArgumentException.class, () -> DeviceChoice.parse(text));
  }

  @Test
  void settings_outOfRange_refused() {
    Path cache = Path.of("cache");
    DeviceChoice cpu = new DeviceChoice.Cpu();
    refused(() -> new EngineSettings(cpu, 0, 1, true, cache));
    refused(() -> new EngineSettings(cpu, 1, 1025, true, cache));
    refused(() -> load(0, 1, 1));
    refused(() -> load(257, 1, 1));
    refused(() -> load(1, 0, 1));
    refused(() -> load(1, 65_537, 1));
    refused(() -> load(1, 1, 0));
  }

  private static LoadSettings load(int instances, int rows, int seconds) {
    Duration limit = Duration.ofSeconds(seconds);
    return new LoadSettings(instances, rows, limit, limit, SystemTime.ticker());
  }

  private static void refused(org.junit.jupiter.api.function.Executable construction) {
    assertThrows(IllegalArgumentException.class, construction);
  }
}
