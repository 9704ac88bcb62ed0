package dev.gatehouse.demo;

import dev.gatehouse.testing.GatewayProcess;
import dev.gatehouse.testing.PrometheusText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What a gateway holds at one moment, as its process and its metrics tell from outside.
 *
 * @param residentBytes memory of the process that is resident
 * @param heapBytes heap in use
 * @param directBytes memory outside the heap that Java handed out: buffers of the JVM and of Netty
 * @param tensors tensors that executions have not released
 * @param reservedRows rows with a permit
 * @param reservedCalls calls with a permit
 * @param reservedBytes bytes with a permit
 * @param inboundBytes bytes of requests that are held
 * @param auditPlaces places taken in the backlog of the audit record
 * @param threads threads of the process
 * @param files open files of the process
 */
record Standing(
    long residentBytes,
    long heapBytes,
    long directBytes,
    long tensors,
    long reservedRows,
    long reservedCalls,
    long reservedBytes,
    long inboundBytes,
    long auditPlaces,
    long threads,
    long files) {

  private static final long MIB = 1 << 20;
  private static final int COMMAND_SECONDS_MAX = 60;

  /** How much of what has no exact bound may be more at the end: a share of it, and some. */
  private static final double GROWTH_MAX = 0.10;

  private static final long RESIDENT_SLACK = 64 * MIB;
  private static final long HEAP_SLACK = 32 * MIB;
  private static final long DIRECT_SLACK = 16 * MIB;
  private static final long THREADS_SLACK = 8;
  private static final long FILES_SLACK = 16;

  /** The standing of an idle gateway after it has collected its garbage. */
  static Standing settled(GatewayProcess gateway) {
    collectGarbage(gateway.pid());
    return of(gateway);
  }

  /** The standing as it is. */
  static Standing of(GatewayProcess gateway) {
    Path process = Path.of("/proc", Long.toString(gateway.pid()));
    PrometheusText metrics = new PrometheusText(gateway.metrics());
    return new Standing(
        statusLine(process, "VmRSS:") * 1024,
        sum(metrics, "jvm_memory_used_bytes", Map.of("area", "heap")),
        sum(metrics, "gatehouse_direct_memory_bytes", Map.of()),
        sum(metrics, "gatehouse_engine_live_tensors", Map.of()),
        sum(metrics, "gatehouse_queue_reserved_rows", Map.of()),
        sum(metrics, "gatehouse_queue_reserved_calls", Map.of()),
        sum(metrics, "gatehouse_queue_reserved_bytes", Map.of()),
        sum(metrics, "gatehouse_inbound_bytes", Map.of()),
        sum(metrics, "gatehouse_audit_backlog", Map.of()),
        statusLine(process, "Threads:"),
        files(process));
  }

  /** Twice, since the second collects what the first has made ready to be. */
  private static void collectGarbage(long pid) {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    for (int i = 0; i < 2; i++) {
      try {
        Process process =
            new ProcessBuilder(jcmd, Long.toString(pid), "GC.run")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!process.waitFor(COMMAND_SECONDS_MAX, TimeUnit.SECONDS) || process.exitValue() != 0) {
          throw new IllegalStateException("jcmd could not collect garbage");
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private static long sum(PrometheusText metrics, String name, Map<String, String> labels) {
    if (!metrics.text().contains("\n" + name)) {
      throw new IllegalStateException("no metric " + name);
    }
    return Math.round(metrics.sum(name, labels));
  }

  private static long statusLine(Path process, String name) {
    try (Stream<String> lines = Files.lines(process.resolve("status"))) {
      return lines
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(name.length()).replace("kB", "").strip())
          .mapToLong(Long::parseLong)
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long files(Path process) {
    try (Stream<Path> open = Files.list(process.resolve("fd"))) {
      return open.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What of this later standing is more than it may be, compared with the earlier one. */
  List<String> growthOver(Standing earlier) {
    List<String> grown = new ArrayList<>();
    none(grown, "rows with a permit", reservedRows);
    none(grown, "calls with a permit", reservedCalls);
    none(grown, "bytes with a permit", reservedBytes);
    none(grown, "bytes of requests", inboundBytes);
    none(grown, "places in the audit backlog", auditPlaces);
    compare(grown, "tensors", earlier.tensors, tensors, 0);
    share(grown, "resident bytes", earlier.residentBytes, residentBytes, RESIDENT_SLACK);
    share(grown, "heap bytes", earlier.heapBytes, heapBytes, HEAP_SLACK);
    share(grown, "direct bytes", earlier.directBytes, directBytes, DIRECT_SLACK);
    compare(grown, "threads", earlier.threads, threads, THREADS_SLACK);
    compare(grown, "open files", earlier.files, files, FILES_SLACK);
    return grown;
  }

  private static void none(List<String> grown, String what, long value) {
    compare(grown, what, 0, value, 0);
  }

  private static void share(List<String> grown, String what, long before, long after, long slack) {
    compare(grown, what, before, after, Math.round(before * GROWTH_MAX) + slack);
  }

  private static void compare(List<String> grown, String what, long before, long now, long slack) {
    if (now > before + slack) {
      grown.add("%s: %d, were %d, may grow by %d".formatted(what, now, before, slack));
    }
  }

  /** One line of a table. */
  String line(String moment) {
    return String.format(
        Locale.ROOT,
        "%-12s %5d MiB resident %4d MiB heap %4d MiB direct %4d tensors %4d rows %4d calls"
            + " %8d request bytes %4d audit %3d threads %3d files",
        moment,
        residentBytes / MIB,
        heapBytes / MIB,
        directBytes / MIB,
        tensors,
        reservedRows,
        reservedCalls,
        inboundBytes,
        auditPlaces,
        threads,
        files);
  }
}
