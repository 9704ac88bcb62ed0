package dev.gatehouse.bench;

import dev.gatehouse.testing.GatewayProcess;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program of this package in a process of its own, with the Java flags and the environment of the
 * gateway. It is asked in lines and answers in lines, and ends when its input does, which the
 * system sees to even if this process is killed.
 */
final class Child implements AutoCloseable {

  /** How long it may take to end. */
  static final Duration END_MAX = Duration.ofSeconds(20);

  private final Process process;
  private final Path log;
  private final BufferedReader answers;
  private final BufferedWriter questions;

  private Child(Process process, Path log) {
    this.process = process;
    this.log = log;
    this.answers = process.inputReader();
    this.questions = process.outputWriter();
  }

  /**
   * Starts a program.
   *
   * @param folder where its log goes
   */
  static Child start(Class<?> program, Path folder, List<String> arguments) {
    Path log = folder.resolve(program.getSimpleName() + ".log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(GatewayProcess.JVM_FLAGS);
    // As Quarkus has it in the gateway.
    command.add("-Dio.netty.leakDetection.level=DISABLED");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(program.getName());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(GatewayProcess.ENVIRONMENT);
    builder.redirectError(log.toFile());
    try {
      Files.createDirectories(folder);
      return new Child(builder.start(), log);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + program, e);
    }
  }

  /** Its process. */
  ProcessHandle handle() {
    return process.toHandle();
  }

  /** The next line it says. */
  String next() {
    try {
      String line = answers.readLine();
      if (line == null) {
        throw new IllegalStateException("the child ended; see " + log);
      }
      return line;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Says a line to it, and waits for the line it answers. */
  String ask(String question) {
    try {
      questions.write(question + "\n");
      questions.flush();
    } catch (IOException e) {
      throw new IllegalStateException("the child ended; see " + log, e);
    }
    return next();
  }

  @Override
  public void close() {
    try {
      questions.close();
      if (!process.waitFor(END_MAX.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
