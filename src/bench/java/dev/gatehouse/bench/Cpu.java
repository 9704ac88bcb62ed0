package dev.gatehouse.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Readings of CPU time.
 *
 * @param generator used by this process since it started
 * @param server used by the server that is measured since it started
 * @param machine used by everybody since the machine started; null where it cannot be known
 */
record Cpu(Duration generator, Duration server, @Nullable Duration machine) {

  private static final Path STAT = Path.of("/proc/stat");
  private static final int IDLE = 4;
  private static final int IO_WAIT = 5;

  /** The fields of {@code /proc/stat} up to steal; those after it are counted in others already. */
  private static final int FIELDS = 9;

  private static final long MILLIS_PER_TICK = 10;

  /**
   * Shares of the CPU time that the whole machine used between two readings.
   *
   * @param generator the load generator's share
   * @param server the measured server's share
   * @param other everybody else's share, the system's included; null where it cannot be known, and
   *     then the other two are shares of their sum
   * @param busyCores the CPU time used over the time that passed
   */
  record Shares(double generator, double server, @Nullable Double other, double busyCores) {}

  /** Reads now. */
  static Cpu read(ProcessHandle server) {
    return new Cpu(used(ProcessHandle.current()), used(server), readMachine());
  }

  private static Duration used(ProcessHandle process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  private static @Nullable Duration readMachine() {
    if (!Files.isReadable(STAT)) {
      return null;
    }
    try {
      List<String> fields = List.of(Files.readAllLines(STAT).getFirst().split("\\s+", -1));
      long ticks = 0;
      for (int i = 1; i < Math.min(FIELDS, fields.size()); i++) {
        if (i != IDLE && i != IO_WAIT) {
          ticks += Long.parseLong(fields.get(i));
        }
      }
      return Duration.ofMillis(ticks * MILLIS_PER_TICK);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The shares from this reading to a later one. */
  Shares until(Cpu later, double seconds) {
    double ours = seconds(generator, later.generator);
    double servers = seconds(server, later.server);
    double all =
        machine == null || later.machine == null
            ? ours + servers
            : Math.max(ours + servers, seconds(machine, later.machine));
    if (all == 0) {
      return new Shares(0, 0, null, 0);
    }
    Double other = machine == null ? null : (all - ours - servers) / all;
    return new Shares(ours / all, servers / all, other, all / seconds);
  }

  private static double seconds(Duration from, Duration to) {
    return to.minus(from).toNanos() / 1e9;
  }
}
