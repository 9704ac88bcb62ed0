package dev.gatehouse.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatehouse.core.SystemTime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
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

  @Test
  void settings_allowedSizes_ascendToTheMostRows() {
    assertEquals(List.of(1, 4, 8), Samples.allowing(1, 4, 8).allowedBatchRows());
    refused(() -> allowing(8, List.of(1, 4)));
    refused(() -> allowing(8, List.of(4, 4, 8)));
    refused(() -> allowing(8, List.of(4, 2, 8)));
    refused(() -> allowing(8, List.of(0, 8)));
    refused(() -> allowing(8, List.of(8, 16)));
    refused(() -> allowing(33, IntStream.rangeClosed(1, 33).boxed().toList()));
    assertEquals(
        32, allowing(32, IntStream.rangeClosed(1, 32).boxed().toList()).allowedBatchRows().size());
  }

  private static LoadSettings allowing(int rows, List<Integer> sizes) {
    Duration limit = Duration.ofSeconds(1);
    return new LoadSettings(1, rows, sizes, false, limit, limit, SystemTime.ticker());
  }

  private static LoadSettings load(int instances, int rows, int seconds) {
    Duration limit = Duration.ofSeconds(seconds);
    return new LoadSettings(instances, rows, List.of(), false, limit, limit, SystemTime.ticker());
  }

  private static void refused(org.junit.jupiter.api.function.Executable construction) {
    assertThrows(IllegalArgumentException.class, construction);
  }
}
