package dev.gatehouse.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The command line {@code deploy/bin/gatehouse}, run as a process of its own. */
public final class CommandLineTool {

  private static final long MINUTES_MAX = 10;

  private CommandLineTool() {}

  /**
   * What a command came to.
   *
   * @param status its exit status
   * @param out what it wrote to standard output
   * @param errors what it wrote to standard error
   */
  public record Result(int status, String out, String errors) {}

  /** Runs a command with more of an environment, and waits for its end. */
  public static Result run(Map<String, String> environment, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Folders.project("deploy/bin/gatehouse").toString());
    command.addAll(arguments);
    Path folder = Folders.create("command-");
    Path out = folder.resolve("out");
    Path errors = folder.resolve("errors");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(errors.toFile());
    builder.environment().put("GATEHOUSE_HOME", Folders.build().resolve("quarkus-app").toString());
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      if (!process.waitFor(MINUTES_MAX, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new IllegalStateException("does not end: " + command);
      }
      return new Result(process.exitValue(), text(out), text(errors));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.UTF_8);
  }
}
