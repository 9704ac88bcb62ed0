package dev.gatehouse.rules;

import dev.gatehouse.testing.Folders;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The program of Prometheus that checks rules and runs their tests. */
final class Promtool {

  /** The most that one run may take, in minutes. */
  static final int MINUTES_MAX = 20;

  private Promtool() {}

  /** Whether it is on the PATH. */
  static boolean present() {
    String path = System.getenv("PATH");
    return path != null
        && Stream.of(path.split(File.pathSeparator, -1))
            .map(folder -> Path.of(folder).resolve("promtool"))
            .anyMatch(Files::isExecutable);
  }

  /**
   * Runs it in the project's folder.
   *
   * @throws AssertionError with what it printed, if it finds fault or takes too long
   */
  static void run(List<String> arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("promtool"));
    command.addAll(arguments);
    Path output =
        Files.createTempFile(
            Files.createDirectories(Folders.project("target")), "promtool", ".txt");
    Process process =
        new ProcessBuilder(command)
            .directory(Folders.project(".").toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      if (!process.waitFor(MINUTES_MAX, TimeUnit.MINUTES) || process.exitValue() != 0) {
        throw new AssertionError(command + "\n" + Files.readString(output));
      }
    } finally {
      process.destroyForcibly();
      Files.deleteIfExists(output);
    }
  }
}
