package dev.gatehouse.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program started by this virtual machine that ends with it, writing what it says to a log file.
 */
final class ChildProcess {

  /** How long a child may take to stop by itself before it is killed. */
  static final Duration STOP_MAX = Duration.ofSeconds(40);

  private static final int TAIL_BYTES_MAX = 64 * 1024;
  private static final Path SETSID = Path.of("/usr/bin/setsid");

  private final Process process;
  private final Path log;
  private final Leash leash;
  private final Runnable stop = this::stop;

  private ChildProcess(Process process, Path log, Leash leash) {
    this.process = process;
    this.log = log;
    this.leash = leash;
  }

  /**
   * Starts a program.
   *
   * @param command the program and its arguments
   * @param environment variables added to those of this virtual machine
   * @param folder where it runs
   * @param log where its output goes, after what the file holds already
   */
  static ChildProcess start(
      List<String> command, Map<String, String> environment, Path folder, Path log) {
    ProcessBuilder builder = new ProcessBuilder(shielded(command));
    builder.environment().putAll(environment);
    builder.directory(folder.toFile());
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      ChildProcess child = new ChildProcess(process, log, Leash.on(process.pid(), "TERM"));
      StopOrder.add(child.stop);
      return child;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + command.getFirst(), e);
    }
  }

  /** The Java of this virtual machine. */
  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** In a session of its own a child does not get the terminal's Ctrl-C, only our signal. */
  private static List<String> shielded(List<String> command) {
    if (!Files.isExecutable(SETSID)) {
      return command;
    }
    List<String> shielded = new ArrayList<>();
    shielded.add(SETSID.toString());
    shielded.addAll(command);
    return shielded;
  }

  boolean alive() {
    return process.isAlive();
  }

  long pid() {
    return process.pid();
  }

  /**
   * Waits until the program ends by itself and stops it if it does not.
   *
   * @return its exit status
   * @throws IllegalStateException if it was not done in time
   */
  int await(Duration atMost) {
    boolean ended = waitFor(atMost);
    int status = stop();
    if (!ended) {
      throw new IllegalStateException("not done in " + atMost + "\n" + tail());
    }
    return status;
  }

  /**
   * Asks the program to end (SIGTERM), and kills it when it has not after {@link #STOP_MAX}.
   *
   * @return its exit status
   */
  int stop() {
    process.destroy();
    if (!waitFor(STOP_MAX)) {
      return kill();
    }
    return released();
  }

  /**
   * Kills the program and what it started (SIGKILL).
   *
   * @return its exit status
   */
  int kill() {
    List<ProcessHandle> tree = process.descendants().toList();
    process.destroyForcibly();
    tree.forEach(ProcessHandle::destroyForcibly);
    waitFor(STOP_MAX);
    return released();
  }

  private int released() {
    leash.slip();
    StopOrder.remove(stop);
    if (process.isAlive()) {
      throw new IllegalStateException("process " + pid() + " cannot be killed");
    }
    return process.exitValue();
  }

  private boolean waitFor(Duration atMost) {
    try {
      return process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return !process.isAlive();
    }
  }

  /** The end of its log, for the message of a failure. */
  String tail() {
    try (var channel = Files.newByteChannel(log)) {
      long size = channel.size();
      channel.position(Math.max(0, size - TAIL_BYTES_MAX));
      byte[] bytes = Channels.newInputStream(channel).readAllBytes();
      return "log " + log + " ends with\n" + new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "no log: " + e;
    }
  }
}
