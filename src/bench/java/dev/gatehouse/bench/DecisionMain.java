package dev.gatehouse.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs {@link DecisionBench}, prints its percentiles and writes them to {@code decision.json}. */
final class DecisionMain {

  private DecisionMain() {}

  /** Runs it; takes some five minutes. */
  static void run(Path folder) throws IOException {
    Files.createDirectories(folder);
    Path results = folder.resolve("decision.json");
    try {
      var unused =
          new Runner(
                  new OptionsBuilder()
                      .include(DecisionBench.class.getName())
                      .addProfiler(GCProfiler.class)
                      .resultFormat(ResultFormatType.JSON)
                      .result(results.toString())
                      .build())
              .run();
    } catch (RunnerException e) {
      throw new IllegalStateException("the benchmark failed", e);
    }
    System.out.println("written to " + results);
  }
}
