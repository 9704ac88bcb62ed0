package dev.gatehouse.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What can be chosen for a run, as system properties.
 *
 * @param window {@code bench.seconds}: how long a row is measured in a round
 * @param rounds {@code bench.rounds}
 * @param filter {@code bench.filter}: rows in whose name this regular expression is found
 * @param instances {@code bench.instances}: of each model, in the gateway and beside it
 * @param connections {@code bench.connections}: the most connections of the load generator
 * @param gatewayFlags {@code bench.gateway.flags}: for the gateway's Java, separated by blanks
 * @param graphOptimizer {@code bench.optimizer}: libtorch's graph optimizer, in the gateway and
 *     beside it
 * @param decision {@code bench.decision}: measures what a decision costs, and nothing else
 * @param commitInterval {@code bench.commit.interval}: of the gateway's journal; empty for its
 *     default
 * @param folder where the report goes: {@code bench} in the build folder
 */
record BenchSettings(
    Duration window,
    int rounds,
    Pattern filter,
    int instances,
    int connections,
    List<String> gatewayFlags,
    boolean graphOptimizer,
    boolean decision,
    String commitInterval,
    Path folder) {

  private static final String DEFAULT_SECONDS = "2";

  /** Copies the flags and checks the numbers. */
  BenchSettings {
    gatewayFlags = List.copyOf(gatewayFlags);
    if (!window.isPositive() || rounds < 1 || instances < 1 || connections < 1) {
      throw new IllegalArgumentException(
          "bench.seconds, bench.rounds, bench.instances and bench.connections are positive");
    }
  }

  /** Reads the system properties; what is not set gets its default. */
  static BenchSettings read() {
    double seconds = Double.parseDouble(System.getProperty("bench.seconds", DEFAULT_SECONDS));
    return new BenchSettings(
        Duration.ofMillis(Math.round(seconds * 1e3)),
        Integer.getInteger("bench.rounds", 3),
        Pattern.compile(System.getProperty("bench.filter", "")),
        Integer.getInteger("bench.instances", 1),
        Integer.getInteger("bench.connections", 4),
        words(System.getProperty("bench.gateway.flags", "")),
        Boolean.getBoolean("bench.optimizer"),
        Boolean.getBoolean("bench.decision"),
        System.getProperty("bench.commit.interval", ""),
        Path.of(System.getProperty("gatehouse.build.directory", "target"), "bench")
            .toAbsolutePath());
  }

  private static List<String> words(String text) {
    return Arrays.stream(text.split(" ", -1)).filter(word -> !word.isEmpty()).toList();
  }

  /** Whether a row is to be measured. */
  boolean wants(String row) {
    return filter.matcher(row).find();
  }
}
