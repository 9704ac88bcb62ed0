package dev.gatehouse.testing;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Prometheus' tool that checks files, where it is installed.
 *
 * @param binary where it is
 */
public record Promtool(Path binary) {

  /** How long one run may take. */
  static final Duration RUN_MAX = Duration.ofMinutes(2);

  /** The one on the PATH, if there is one. */
  public static Optional<Promtool> find() {
    return OnPath.find("promtool").map(Promtool::new);
  }

  /**
   * Runs it.
   *
   * @throws AssertionError with everything it said, if it finds something wrong
   */
  public void check(String... arguments) {
    Path folder = Folders.create("promtool-");
    List<String> command = new ArrayList<>(List.of(binary.toString()));
    command.addAll(List.of(arguments));
    ChildProcess run = ChildProcess.start(command, Map.of(), folder, folder.resolve("out"));
    int status = run.await(RUN_MAX);
    if (status != 0) {
      throw new AssertionError(command + " ended with " + status + "; " + run.tail());
    }
    Folders.delete(folder);
  }
}
