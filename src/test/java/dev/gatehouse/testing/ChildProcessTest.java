package dev.gatehouse.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ChildProcessTest {

  private static final Duration SLACK = Duration.ofSeconds(30);

  @TempDir Path folder;

  @Test
  void stop_runningProgram_endsItBySigterm() {
    ChildProcess child = start(folder, "sleep", "120");
    assertTrue(child.alive());
    assertEquals(128 + 15, child.stop());
    assertFalse(child.alive());
    assertEquals(128 + 15, child.stop(), "stopping twice does no harm");
  }

  @Test
  void kill_programThatIgnoresSigterm_endsItAndWhatItStarted() throws IOException {
    Path ready = folder.resolve("ready");
    String script = "trap '' TERM; sleep 120 & echo $! > pid; mv pid " + ready + "; wait";
    ChildProcess child = start(folder, "sh", "-c", script);
    assertTrue(Await.until(SLACK, () -> Files.exists(ready)));
    long grandchild = Long.parseLong(Files.readString(ready).strip());
    assertEquals(128 + 9, child.kill());
    assertTrue(Await.until(SLACK, () -> ended(grandchild)));
  }

  @Test
  void await_programThatEnds_givesItsStatusAndItsLog() {
    ChildProcess child = start(folder, "sh", "-c", "echo it failed; exit 7");
    assertEquals(7, child.await(SLACK));
    assertTrue(child.tail().endsWith("it failed\n"), child.tail());
  }

  /** Neither a hook nor a finally block runs in a virtual machine that is halted or killed. */
  @Test
  void leash_virtualMachineDiesWithoutItsHooks_endsTheChild() throws IOException {
    Path order = folder.resolve("order");
    runParent("halt");
    assertTrue(Await.until(SLACK, () -> lines(order).size() == 2));
  }

  @Test
  void stopOrder_virtualMachineExits_stopsTheLastStartedFirst() throws IOException {
    runParent("exit");
    assertEquals(List.of("second", "first"), lines(folder.resolve("order")));
  }

  private void runParent(String how) throws IOException {
    Process parent =
        new ProcessBuilder(
                ChildProcess.java(),
                "-cp",
                System.getProperty("java.class.path"),
                Parent.class.getName(),
                folder.toString(),
                how)
            .redirectErrorStream(true)
            .start();
    try (BufferedReader reader = parent.inputReader()) {
      String said = reader.lines().collect(Collectors.joining("\n"));
      assertEquals("started", said);
    } finally {
      parent.destroyForcibly();
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ChildProcess start(Path folder, String... command) {
    return ChildProcess.start(List.of(command), Map.of(), folder, folder.resolve("log"));
  }

  private static boolean ended(long pid) {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty();
  }

  /** A program that starts two children and then ends without stopping them. */
  static final class Parent {

    private Parent() {}

    /** Starts them in the folder named first, and ends in the way named second. */
    public static void main(String[] arguments) {
      Path folder = Path.of(arguments[0]);
      startWriting(folder, "first", "");
      // Were both stopped at once, this one would write last.
      startWriting(folder, "second", "sleep 2;");
      System.out.println("started");
      if (arguments[1].equals("halt")) {
        Runtime.getRuntime().halt(1);
      }
    }

    private static void startWriting(Path folder, String name, String delay) {
      String script =
          "trap '%s echo %s >> order; kill $!; exit' TERM; sleep 120 & touch %s; wait"
              .formatted(delay, name, name);
      start(folder, "sh", "-c", script);
      Await.until(SLACK, () -> Files.exists(folder.resolve(name)));
    }
  }
}
