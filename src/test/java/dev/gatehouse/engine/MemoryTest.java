package dev.gatehouse.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Native memory comes back: several times more is used in turn than the process may grow by. Each
 * case has a process of its own, whose Java heap is in memory from the start and cannot grow.
 */
class MemoryTest {

  private static final Path MEMORY = Path.of("/proc/self/statm");
  private static final int ELEMENTS = 1 << 20;
  private static final int RUNS = 100;

  /** The allocator keeps what it was given for a while: 200 MiB here, and then no more. */
  private static final int SETTLING_RUNS = 60;

  private static final long GROWTH_BYTES_MAX = 150L << 20;

  /**
   * 8 MiB out of each run, 800 MiB in all: of a model that gives a plain tensor, of one that gives
   * a view which must be copied, of one that fails, 8 MiB in for one that is loaded each time, and
   * 8 MiB which a model leaves behind the tensor it was given.
   */
  @ParameterizedTest
  @ValueSource(strings = {"picky", "negative_view", "failing", "loading", "rebinding"})
  void run_manyTimes_residentMemoryBounded(String scenario) throws Exception {
    assumeTrue(Files.isReadable(MEMORY));
    List<String> options = List.of("-Xms256m", "-XX:+AlwaysPreTouch");
    Process process =
        Children.start(options, Loop.class, scenario, Samples.nativeCache().toString());
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(120, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), printed);
    String last = printed.strip().lines().reduce((first, second) -> second).orElse("");
    String[] figures = last.split(" ", -1);
    assertEquals("0", figures[1], "tensors alive: " + last);
    assertTrue(Long.parseLong(figures[0]) < GROWTH_BYTES_MAX, "bytes grown: " + last);
  }

  /** Prints by how many bytes the process grew, and how many tensors were left. */
  static final class Loop {

    public static void main(String[] arguments) throws Exception {
      EngineSettings settings =
          new EngineSettings(new DeviceChoice.Cpu(), 1, 1, true, Path.of(arguments[1]));
      try (TorchEngine engine = TorchEngine.start(settings)) {
        if (arguments[0].equals("loading")) {
          load(engine, SETTLING_RUNS);
          long before = residentBytes();
          load(engine, RUNS);
          System.out.println((residentBytes() - before) + " 0");
          return;
        }
        boolean failing = arguments[0].equals("failing");
        String name = failing ? "picky" : arguments[0];
        try (LoadedModel model = Samples.load(engine, name, Samples.floats(ELEMENTS))) {
          List<Tensor> call = List.of(megabytes(failing ? -1 : 1));
          run(model, call, SETTLING_RUNS, failing);
          long before = residentBytes();
          run(model, call, RUNS, failing);
          System.out.println((residentBytes() - before) + " " + model.liveTensors());
        }
      }
    }

    private static void run(LoadedModel model, List<Tensor> call, int runs, boolean failing)
        throws Exception {
      for (int i = 0; i < runs; i++) {
        try {
          model.run(0, List.of(call, call));
        } catch (ExecutionFailedException e) {
          if (!failing) {
            throw e;
          }
        }
      }
    }

    private static void load(TorchEngine engine, int times) throws Exception {
      List<Tensor> call = List.of(megabytes(1));
      for (int i = 0; i < times; i++) {
        try (LoadedModel model = Samples.load(engine, "first_value", Samples.floats(-1))) {
          model.run(0, List.of(call, call));
        }
      }
    }

    private static long residentBytes() throws IOException {
      return Long.parseLong(Files.readString(MEMORY).split(" ")[1]) * 4096;
    }

    private static Tensor megabytes(float first) {
      ByteBuffer data = ByteBuffer.allocateDirect(ELEMENTS * 4).order(ByteOrder.LITTLE_ENDIAN);
      data.putFloat(0, first);
      return new Tensor("x", Datatype.FP32, Shape.of(1, ELEMENTS), data);
    }
  }
}
