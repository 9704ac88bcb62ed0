package dev.gatehouse.bench;

import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.engine.BatchOutcome;
import dev.gatehouse.engine.DeviceChoice;
import dev.gatehouse.engine.EngineSettings;
import dev.gatehouse.engine.LoadSettings;
import dev.gatehouse.engine.LoadedModel;
import dev.gatehouse.engine.TorchEngine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The engine without a gateway: repeats batches as often as it can, on as many instances and
 * threads as the gateway has, through the gateway's engine room or through DJL's own predictor.
 *
 * <p>Arguments: the number of instances, and whether the graph optimizer is on. It says {@code
 * ready} and then answers each line of {@code run KIND WORKLOAD ROWS NANOS} and {@code answers
 * WORKLOAD}; it ends when its input does.
 */
final class EngineServer {

  private static final Duration LIMIT = Duration.ofMinutes(2);

  /** As the gateway's default. */
  private static final int BATCH_ROWS_MAX = 32;

  private final int instances;
  private final Ticker ticker = SystemTime.ticker();
  private final Map<Workload, LoadedModel> rooms = new EnumMap<>(Workload.class);
  private final Map<Workload, List<PlainPredictor>> predictors = new EnumMap<>(Workload.class);

  private EngineServer(int instances) {
    this.instances = instances;
  }

  /** Runs one batch on an instance. */
  private interface Runner {
    void run(int instance) throws Exception;
  }

  /** Runs it. */
  public static void main(String[] arguments) throws Exception {
    PrintStream answers = System.out;
    // Whatever a library says must not be taken for an answer.
    System.setOut(System.err);
    int instances = Integer.parseInt(arguments[0]);
    boolean optimizer = Boolean.parseBoolean(arguments[1]);
    Path cache = Path.of(System.getProperty("user.home"), ".cache", "gatehouse", "native");
    EngineSettings settings = new EngineSettings(DeviceChoice.parse("cpu"), 1, 1, optimizer, cache);
    try (TorchEngine engine = TorchEngine.start(settings)) {
      EngineServer server = new EngineServer(instances);
      server.load(engine);
      answers.println("ready");
      server.serve(answers);
    }
  }

  private void load(TorchEngine engine) throws Exception {
    for (Workload workload : Workload.values()) {
      byte[] artifact = Files.readAllBytes(workload.artifact());
      LoadSettings settings =
          new LoadSettings(instances, BATCH_ROWS_MAX, List.of(), false, LIMIT, LIMIT, ticker);
      rooms.put(workload, engine.load(workload.title(), artifact, workload.signature(), settings));
      List<PlainPredictor> copies = new ArrayList<>();
      for (int i = 0; i < instances; i++) {
        copies.add(new PlainPredictor(workload));
      }
      predictors.put(workload, copies);
    }
  }

  private void serve(PrintStream answers) throws Exception {
    BufferedReader questions =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = questions.readLine(); line != null; line = questions.readLine()) {
      String[] words = line.split(" ", -1);
      answers.println(
          switch (words[0]) {
            case "answers" -> answers(Workload.valueOf(words[1]));
            case "run" ->
                run(
                        runner(
                            Kind.valueOf(words[1]),
                            Workload.valueOf(words[2]),
                            Integer.parseInt(words[3])),
                        Long.parseLong(words[4]))
                    .line();
            default -> throw new IOException("not understood: " + words[0]);
          });
    }
  }

  /** The outputs of all variants, one row each, in hexadecimal. */
  private String answers(Workload workload) throws Exception {
    BatchOutcome outcome = room(workload).run(0, calls(workload, Workload.VARIANTS));
    StringJoiner variants = new StringJoiner(";");
    for (List<Tensor> outputs : outcome.outputs()) {
      StringJoiner tensors = new StringJoiner(",");
      for (Tensor output : outputs) {
        byte[] bytes = new byte[output.data().remaining()];
        output.bytes().get(bytes);
        tensors.add(HexFormat.of().formatHex(bytes));
      }
      variants.add(tensors.toString());
    }
    return variants.toString();
  }

  private LoadedModel room(Workload workload) {
    LoadedModel room = rooms.get(workload);
    if (room == null) {
      throw new IllegalStateException("not loaded: " + workload);
    }
    return room;
  }

  private static List<List<Tensor>> calls(Workload workload, int rows) {
    List<List<Tensor>> calls = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      calls.add(workload.inputs(row % Workload.VARIANTS));
    }
    return calls;
  }

  private Runner runner(Kind kind, Workload workload, int rows) {
    return switch (kind) {
      case ENGINE -> {
        LoadedModel room = room(workload);
        List<List<Tensor>> calls = calls(workload, rows);
        yield instance -> room.run(instance, calls);
      }
      case PREDICTOR -> {
        List<PlainPredictor> copies = predictors.getOrDefault(workload, List.of());
        PlainPredictor.Batch batch = PlainPredictor.Batch.of(workload, rows);
        yield instance -> copies.get(instance).run(batch);
      }
      case ECHO, GATEWAY, UNRECORDED, UNWATCHED, FAIRNESS ->
          throw new IllegalArgumentException("no engine alone: " + kind);
    };
  }

  private RawRun run(Runner runner, long nanos) throws Exception {
    Latencies latencies = new Latencies();
    long startNanos = ticker.nanos();
    try (ExecutorService threads = Executors.newFixedThreadPool(instances)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < instances; i++) {
        int instance = i;
        Callable<Void> repetition =
            () -> {
              repeat(runner, instance, startNanos + nanos, latencies);
              return null;
            };
        running.add(threads.submit(repetition));
      }
      for (Future<?> one : running) {
        await(one);
      }
    }
    return new RawRun(
        latencies.count(),
        ticker.nanos() - startNanos,
        Math.round(latencies.quantileMicros(0.50) * 1e3),
        Math.round(latencies.quantileMicros(0.99) * 1e3));
  }

  private static void await(Future<?> repetition) throws InterruptedException {
    try {
      repetition.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a batch failed", e);
    }
  }

  private void repeat(Runner runner, int instance, long untilNanos, Latencies latencies)
      throws Exception {
    long now = ticker.nanos();
    while (untilNanos - now > 0) {
      runner.run(instance);
      long ended = ticker.nanos();
      latencies.record(ended - now);
      now = ended;
    }
  }
}
