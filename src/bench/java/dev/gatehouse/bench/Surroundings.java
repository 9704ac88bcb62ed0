package dev.gatehouse.bench;

import dev.gatehouse.core.SystemTime;
import dev.gatehouse.testing.GatewayProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the figures depend on and the program did not measure. */
final class Surroundings {

  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private Surroundings() {}

  /** Names and values, for the report. */
  static Map<String, String> of(BenchSettings settings) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("time", SystemTime.wall().instant().truncatedTo(ChronoUnit.SECONDS).toString());
    all.put("cores", "" + Runtime.getRuntime().availableProcessors());
    all.put("processor", processor());
    all.put(
        "load average before",
        "" + ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    all.put(
        "system",
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " "
            + System.getProperty("os.arch"));
    all.put(
        "JDK", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
    for (String library : new String[] {"gatehouse", "quarkus", "netty", "djl", "libtorch"}) {
      all.put(library, System.getProperty("bench.version." + library, "unknown"));
    }
    all.put("grpc", io.grpc.internal.GrpcUtil.getGrpcBuildVersion().getImplementationVersion());
    all.put("Java flags of every server", String.join(" ", GatewayProcess.JVM_FLAGS));
    all.put("environment of every server", GatewayProcess.ENVIRONMENT.toString());
    all.put("further flags of the gateway", String.join(" ", settings.gatewayFlags()));
    all.put("instances of each model", "" + settings.instances());
    all.put("intra-op threads of an instance", "1");
    all.put("graph optimizer", "" + settings.graphOptimizer());
    all.put("other deployment settings", "the gateway's defaults: 32 rows, 5 ms");
    all.put(
        "commit interval of the journal",
        settings.commitInterval().isEmpty() ? "the gateway's default" : settings.commitInterval());
    all.put("rows of a call", "1");
    all.put("connections", "" + settings.connections());
    all.put("window of a row in seconds", "" + settings.window().toMillis() / 1e3);
    all.put("rounds", "" + settings.rounds());
    return all;
  }

  private static String processor() {
    if (!Files.isReadable(CPU_INFO)) {
      return System.getProperty("os.arch");
    }
    try {
      return Files.readAllLines(CPU_INFO).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
