package dev.gatehouse.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The engine runs alone, without Quarkus, and leaves nothing behind. */
class EngineMainTest {

  @TempDir Path folder;

  @Test
  void main_processOfItsOwn_printsFiguresAndDownloadsNothing() throws Exception {
    Path model = Files.write(folder.resolve("model.pt"), Samples.bytes("digits_cnn.pt"));
    Path home = Files.createDirectory(folder.resolve("home"));
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    Process process =
        Children.start(
            List.of("-Duser.home=" + home, "-Djava.io.tmpdir=" + temporary),
            EngineMain.class,
            model.toString(),
            "--input",
            "x:FP32:-1,64",
            "--output",
            "y:FP32:-1,10",
            "--device",
            "cpu",
            "--rows",
            "4",
            "--runs",
            "20",
            "--cache",
            Samples.nativeCache().toString());
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(120, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), printed);
    assertTrue(printed.contains("devices: cpu"), printed);
    assertTrue(printed.contains("outputs: [y:FP32[4, 10]]"), printed);
    assertTrue(printed.contains("20 batches of 4 rows"), printed);
    try (Stream<Path> left = Files.list(home)) {
      assertEquals(List.of(), left.toList());
    }
    try (Stream<Path> left = Files.list(temporary)) {
      // The JVM's own counters may lie here, but nothing of the model or of DJL.
      assertFalse(left.anyMatch(path -> !path.toString().contains("hsperfdata")));
    }
  }

  @Test
  void run_badArguments_usageAndStatus() throws Exception {
    for (List<String> arguments :
        List.of(
            List.<String>of(),
            List.of("model.pt", "--input"),
            List.of("model.pt", "--input", "x"),
            List.of("model.pt", "--input", "x:BF16:-1"),
            List.of("model.pt", "--wrong", "x"),
            List.of("no-such-model.pt", "--input", "x:FP32:-1", "--output", "y:FP32:-1"))) {
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
      assertEquals(2, EngineMain.run(arguments.toArray(String[]::new), stream, stream));
      assertTrue(err.size() > 0);
    }
  }
}
