package dev.gatehouse.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The run's report, as a table in Markdown and with every single figure as JSON.
 *
 * @param surroundings what the figures depend on
 * @param summary the few ratios that the table is read for
 * @param rows the table
 */
record Report(Map<String, String> surroundings, List<Summary.Line> summary, List<Line> rows) {

  private static final String HEAD =
      """
      | row | calls/s | rows/s | p50 µs | p99 µs | mean batch | of echo | of predictor | of its best \
      | CPU generator | CPU server | CPU other | busy cores | B a call | B over echo |
      |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
      """;

  private static final String NOTES =
      """

      Calls of one row, closed loop. Figures are medians over the rounds, ratios medians of the
      ratios within a round. `echo`: a bare gRPC server, which decodes the same request and answers
      with a response of the same size. `predictor`: DJL's own predictor, alone in a process;
      `engine`: the gateway's engine room, alone in a process; their calls are batches, and b8 is a
      batch of 8 rows. `of predictor`: rows/s over the predictor's batch that is nearest to the mean
      batch; `of its best`: over the best of its batches. CPU: shares of all CPU time that the machine used in the
      window, by the load generator, by the measured server, by everybody else. `B a call`: heap bytes
      that all threads of the server allocated in the window, over the calls; `B over echo`: those
      beyond the bare server's. `fairness`: three callers on a saturated model, x10 with one of them
      at ten times its share; its figures are those of the other two.
      """;

  /**
   * A line of the table.
   *
   * @param name the row's name
   * @param kind what was measured
   * @param workload the model
   * @param load calls in flight, or rows of a batch
   * @param callsPerSecond median over the rounds, as all that follow
   * @param ofEcho calls per second over those of the bare server, median of the rounds' ratios
   * @param ofPredictor rows per second over those of the predictor's nearest batch, likewise
   * @param ofPredictorBest rows per second over those of its best batch, likewise
   * @param allocatedPerCall heap bytes that the server allocated, over the calls
   * @param allocatedBeyondEcho those beyond the bare server's under the same load
   * @param rounds all figures
   */
  record Line(
      String name,
      String kind,
      String workload,
      int load,
      @Nullable Double callsPerSecond,
      @Nullable Double rowsPerSecond,
      @Nullable Double p50Micros,
      @Nullable Double p99Micros,
      @Nullable Double meanBatch,
      @Nullable Double ofEcho,
      @Nullable Double ofPredictor,
      @Nullable Double ofPredictorBest,
      @Nullable Double cpuGenerator,
      @Nullable Double cpuServer,
      @Nullable Double cpuOther,
      @Nullable Double busyCores,
      @Nullable Double allocatedPerCall,
      @Nullable Double allocatedBeyondEcho,
      List<Figures> rounds) {

    static Line of(Measured row, Ratios ratios) {
      return new Line(
          row.name(),
          row.kind().name(),
          row.workload().title(),
          row.load(),
          row.median(Figures::callsPerSecond),
          row.median(Figures::rowsPerSecond),
          row.median(Figures::p50Micros),
          row.median(Figures::p99Micros),
          row.median(Figures::meanBatch),
          ratios.toEcho(row),
          ratios.toPredictor(row),
          ratios.toPredictorBest(row),
          row.median(figures -> figures.cpu().generator()),
          row.median(figures -> figures.cpu().server()),
          row.median(figures -> figures.cpu().other()),
          row.median(figures -> figures.cpu().busyCores()),
          row.median(Figures::allocatedPerCall),
          ratios.allocatedBeyondEcho(row),
          row.rounds());
    }

    String markdown() {
      return String.join(
          " | ",
          "| " + name,
          number("%.0f", callsPerSecond),
          number("%.0f", rowsPerSecond),
          number("%.0f", p50Micros),
          number("%.0f", p99Micros),
          number("%.1f", meanBatch),
          number("%.2f", ofEcho),
          number("%.2f", ofPredictor),
          number("%.2f", ofPredictorBest),
          percent(cpuGenerator),
          percent(cpuServer),
          percent(cpuOther),
          number("%.1f", busyCores),
          number("%.0f", allocatedPerCall),
          number("%.0f", allocatedBeyondEcho) + " |");
    }

    private static String percent(@Nullable Double share) {
      return share == null ? "–" : number("%.0f %%", share * 100);
    }

    private static String number(String format, @Nullable Double value) {
      return value == null ? "–" : String.format(Locale.ROOT, format, value);
    }
  }

  /** The report of these rows. */
  static Report of(Map<String, String> surroundings, List<Measured> measured) {
    Ratios ratios = new Ratios(measured);
    return new Report(
        surroundings,
        Summary.of(ratios),
        measured.stream().map(row -> Line.of(row, ratios)).toList());
  }

  /** For people. */
  String markdown() {
    List<String> lines = new ArrayList<>();
    rows.forEach(row -> lines.add(row.markdown()));
    StringBuilder text = new StringBuilder(HEAD);
    lines.forEach(line -> text.append(line).append('\n'));
    text.append(NOTES).append("\n| measure | value |\n|---|--:|\n");
    summary.forEach(
        line ->
            text.append("| ")
                .append(line.measure())
                .append(" | ")
                .append(line.text())
                .append(" |\n"));
    text.append("\n| surroundings | |\n|---|---|\n");
    surroundings.forEach(
        (name, value) -> text.append("| ").append(name).append(" | ").append(value).append(" |\n"));
    return text.toString();
  }

  /** Writes {@code report.md} and {@code report.json}. */
  void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("report.md"), markdown());
    new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValue(folder.resolve("report.json").toFile(), this);
  }
}
