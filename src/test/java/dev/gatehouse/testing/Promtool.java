package dev.gatehouse.testing;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/**
 * Prometheus' tool that checks files, where it is installed.
 *
 * @param binary where it is
 */
public record Promtool(Path binary) {

  /** How long one run may take. */
  static final Duration RUN_MAX = Duration.ofMinutes(20);

  /** The one on the PATH; without it the test that asks is skipped, and says so. */
  public static Promtool assumed() {
    Optional<Path> found = OnPath.find("promtool");
    Assumptions.assumeTrue(
        found.isPresent(), "no promtool on the PATH (Debian: apt install prometheus): not tested");
    return new Promtool(found.orElseThrow());
  }

  /**
   * Runs it in the project's folder.
   *
   * @throws AssertionError with everything it said, if it finds something wrong
   */
  public void check(String... arguments) {
    run(binary, RUN_MAX, arguments);
  }

  /** Runs a program that checks something in the project's folder, and throws if it finds fault. */
  static void run(Path binary, Duration atMost, String... arguments) {
    Path folder = Folders.create("check-");
    List<String> command = new ArrayList<>(List.of(binary.toString()));
    command.addAll(List.of(arguments));
    ChildProcess run =
        ChildProcess.start(command, Map.of(), Folders.project("."), folder.resolve("out"));
    int status = run.await(atMost);
    if (status != 0) {
      throw new AssertionError(command + " ended with " + status + "; " + run.tail());
    }
    Folders.delete(folder);
  }
}
