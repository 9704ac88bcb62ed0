package dev.gatehouse.engine;

import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.TensorSpec;
import dev.gatehouse.core.Ticker;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Tries the engine alone: loads a model, runs it on zeros and prints how fast it was.
 *
 * <pre>
 * java -cp ... dev.gatehouse.engine.EngineMain MODEL.pt --input NAME:FP32:-1,64
 *     --output NAME:FP32:-1,10 [--device auto] [--instances 1] [--rows 8] [--runs 1000]
 *     [--threads 1] [--optimizer true] [--cache FOLDER]
 * </pre>
 *
 * A variable dimension other than the first is run with size 8.
 */
public final class EngineMain {

  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final int VARIABLE_EXTENT = 8;

  private EngineMain() {}

  /** Runs the program; ends with status 2 and the reason when it cannot. */
  @SuppressWarnings("SystemExitOutsideMain") // this is main
  public static void main(String[] arguments) throws InterruptedException {
    int status = run(arguments, System.out, System.err);
    if (status != 0) {
      System.exit(status);
    }
  }

  static int run(String[] arguments, PrintStream out, PrintStream err) throws InterruptedException {
    try {
      measure(Options.parse(Arrays.asList(arguments)), out);
      return 0;
    } catch (IllegalArgumentException
        | IllegalStateException
        | IOException
        | ModelLoadException
        | ExecutionFailedException
        | DeviceMemoryException
        | InstanceStuckException e) {
      err.println(e.getMessage());
      return 2;
    }
  }

  private static void measure(Options options, PrintStream out)
      throws IOException,
          ModelLoadException,
          ExecutionFailedException,
          DeviceMemoryException,
          InstanceStuckException,
          InterruptedException {
    Ticker ticker = SystemTime.ticker();
    byte[] artifact = Files.readAllBytes(options.model());
    EngineSettings settings =
        new EngineSettings(
            DeviceChoice.parse(options.device()),
            options.threads(),
            1,
            options.optimizer(),
            options.cache());
    LoadSettings load =
        new LoadSettings(
            options.instances(),
            Math.max(1, options.rows()),
            List.of(),
            false,
            LIMIT,
            LIMIT,
            ticker);
    try (TorchEngine engine = TorchEngine.start(settings)) {
      out.println("devices: " + String.join(" ", engine.devices()));
      long start = ticker.nanos();
      try (LoadedModel model = engine.load("main", artifact, options.signature(), load)) {
        out.printf(
            Locale.ROOT,
            "load and warm-up: %.1f ms, %d instances%n",
            (ticker.nanos() - start) / 1e6,
            model.instances());
        runAll(model, options, ticker, out);
      }
    }
  }

  private static void runAll(LoadedModel model, Options options, Ticker ticker, PrintStream out)
      throws ExecutionFailedException,
          DeviceMemoryException,
          InstanceStuckException,
          InterruptedException {
    List<Tensor> call = options.zeros();
    BatchOutcome first = model.run(0, List.of(call));
    out.println("outputs: " + first.outputs().getFirst());
    List<Thread> threads = new ArrayList<>();
    List<Throwable> failures = new ArrayList<>();
    long start = ticker.nanos();
    for (int i = 0; i < model.instances(); i++) {
      int instance = i;
      Thread thread = new Thread(() -> repeat(model, instance, call, options.runs()));
      thread.setUncaughtExceptionHandler(
          (failed, failure) -> {
            synchronized (failures) {
              failures.add(failure);
            }
          });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    double seconds = (ticker.nanos() - start) / 1e9;
    synchronized (failures) {
      if (!failures.isEmpty()) {
        throw new IllegalStateException("a run failed: " + failures.getFirst().getMessage());
      }
    }
    double batches = (double) options.runs() * model.instances();
    out.printf(
        Locale.ROOT,
        "%.0f batches of %d rows in %.3f s: %.0f batches/s, %.0f rows/s%n",
        batches,
        options.rows(),
        seconds,
        batches / seconds,
        batches * options.rows() / seconds);
  }

  private static void repeat(LoadedModel model, int instance, List<Tensor> call, int runs) {
    try {
      for (int i = 0; i < runs; i++) {
        model.run(instance, List.of(call));
      }
    } catch (ExecutionFailedException | DeviceMemoryException | InstanceStuckException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** What the command line says. */
  private record Options(
      Path model,
      Signature signature,
      String device,
      int instances,
      int rows,
      int runs,
      int threads,
      boolean optimizer,
      Path cache) {

    static Options parse(List<String> arguments) {
      if (arguments.isEmpty() || arguments.size() % 2 == 0) {
        throw new IllegalArgumentException(
            "usage: MODEL.pt --input NAME:FP32:-1,64 --output NAME:FP32:-1,10 [--device auto]"
                + " [--instances 1] [--rows 8] [--runs 1000] [--threads 1] [--optimizer true]"
                + " [--cache FOLDER]");
      }
      List<TensorSpec> inputs = new ArrayList<>();
      List<TensorSpec> outputs = new ArrayList<>();
      Options options = defaults(Path.of(arguments.getFirst()));
      for (int i = 1; i < arguments.size(); i += 2) {
        String value = arguments.get(i + 1);
        switch (arguments.get(i)) {
          case "--input" -> inputs.add(spec(value));
          case "--output" -> outputs.add(spec(value));
          default -> options = options.with(arguments.get(i), value);
        }
      }
      return options.with(new Signature(inputs, outputs));
    }

    private static Options defaults(Path model) {
      TensorSpec none = new TensorSpec("none", Datatype.FP32, Shape.of(Shape.VARIABLE));
      Path cache = Path.of(System.getProperty("user.home"), ".cache", "gatehouse");
      Signature signature = new Signature(List.of(none), List.of(none));
      return new Options(model, signature, "auto", 1, 8, 1000, 1, true, cache);
    }

    private Options with(Signature declared) {
      return new Options(model, declared, device, instances, rows, runs, threads, optimizer, cache);
    }

    private Options with(String option, String value) {
      return new Options(
          model,
          signature,
          option.equals("--device") ? value : device,
          option.equals("--instances") ? Integer.parseInt(value) : instances,
          option.equals("--rows") ? Integer.parseInt(value) : rows,
          option.equals("--runs") ? Integer.parseInt(value) : runs,
          option.equals("--threads") ? Integer.parseInt(value) : threads,
          option.equals("--optimizer") ? Boolean.parseBoolean(value) : optimizer,
          option.equals("--cache") ? Path.of(value) : cache);
    }

    private static TensorSpec spec(String text) {
      String[] parts = text.split(":", -1);
      if (parts.length != 3) {
        throw new IllegalArgumentException("a tensor is NAME:TYPE:-1,DIMENSION,...");
      }
      Datatype datatype =
          Datatype.named(parts[1])
              .orElseThrow(() -> new IllegalArgumentException("not a type: " + parts[1]));
      long[] dimensions =
          Arrays.stream(parts[2].split(",", -1)).mapToLong(Long::parseLong).toArray();
      return new TensorSpec(parts[0], datatype, Shape.of(dimensions));
    }

    List<Tensor> zeros() {
      List<Tensor> zeros = new ArrayList<>();
      for (TensorSpec spec : signature.inputs()) {
        long[] dimensions = spec.shape().toArray();
        for (int i = 0; i < dimensions.length; i++) {
          if (dimensions[i] == Shape.VARIABLE) {
            dimensions[i] = i == 0 ? rows : VARIABLE_EXTENT;
          }
        }
        Shape shape = Shape.of(dimensions);
        int bytes = Math.toIntExact(shape.elements() * spec.datatype().bytes());
        zeros.add(new Tensor(spec.name(), spec.datatype(), shape, ByteBuffer.allocate(bytes)));
      }
      return zeros;
    }
  }
}
