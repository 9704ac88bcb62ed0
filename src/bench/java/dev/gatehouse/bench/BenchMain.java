package dev.gatehouse.bench;

import dev.gatehouse.audit.verify.VerificationSpeed;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.testing.HeldTokens;
import dev.gatehouse.testing.KeycloakServer;
import dev.gatehouse.testing.PostgresServer;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs the benchmark: starts PostgreSQL, Keycloak, the packaged gateway and what it is compared
 * with, measures every row in every round, prints the table and writes the report.
 *
 * <p>No arguments; {@link BenchSettings} has the system properties. Ends with an exception, and
 * without a report, if any call fails or is answered wrongly.
 */
public final class BenchMain {

  private final BenchSettings settings;
  private final Ticker ticker = SystemTime.ticker();
  private final long startNanos = ticker.nanos();
  private @Nullable HeldTokens tokens;

  private BenchMain(BenchSettings settings) {
    this.settings = settings;
  }

  /** Runs it. */
  public static void main(String[] arguments) throws IOException {
    Quiet.netty();
    BenchSettings settings = BenchSettings.read();
    if (Boolean.getBoolean("bench.verification")) {
      VerificationSpeed.main(new String[0]);
    } else if (settings.decision()) {
      DecisionMain.run(settings.folder());
    } else {
      new BenchMain(settings).run();
    }
  }

  private void run() throws IOException {
    Map<String, String> surroundings = Surroundings.of(settings);
    say("starting PostgreSQL, Keycloak, the gateway, a bare gRPC server and the engine alone");
    List<Measured> measured;
    List<GatewayBench> lesser = new ArrayList<>();
    try (KeycloakServer keycloak = KeycloakServer.start();
        PostgresServer postgres = PostgresServer.start();
        GatewayBench gateway =
            new GatewayBench(settings, Kind.GATEWAY, postgres, keycloak, tokens(keycloak));
        Closeable others = () -> lesser.forEach(GatewayBench::close);
        EchoBench echo = new EchoBench(settings);
        EngineBench engine = new EngineBench(settings)) {
      for (Kind kind : Plan.lesser(settings)) {
        lesser.add(new GatewayBench(settings, kind, postgres, keycloak, tokens(keycloak)));
      }
      say("everything is up; the gateway's log is " + gateway.log());
      measured = measure(Plan.rows(settings, echo, engine, gateway, lesser));
    }
    Report report = Report.of(surroundings, measured);
    report.write(settings.folder());
    System.out.println("\n" + report.markdown());
    say("written to " + settings.folder());
  }

  /** Whose one-time codes are good for one login each: all gateways share what it gave. */
  private HeldTokens tokens(KeycloakServer keycloak) {
    HeldTokens held = tokens == null ? new HeldTokens(keycloak.login()) : tokens;
    tokens = held;
    return held;
  }

  private List<Measured> measure(List<Row> rows) {
    say("warming up");
    Duration half = settings.window().dividedBy(2);
    rows.forEach(row -> row.measurement().run(half));
    Map<String, List<Figures>> figures = new LinkedHashMap<>();
    rows.forEach(row -> figures.put(row.name(), new ArrayList<>()));
    int rounds = rows.stream().mapToInt(Row::rounds).max().orElse(0);
    for (int round = 0; round < rounds; round++) {
      int now = round;
      List<Row> order = new ArrayList<>(rows.stream().filter(row -> now < row.rounds()).toList());
      if (round % 2 == 1) {
        Collections.reverse(order);
      }
      for (Row row : order) {
        Figures one = row.measurement().run(settings.window());
        figures.getOrDefault(row.name(), List.of()).add(one);
        say(line(round, row, one));
      }
    }
    return rows.stream()
        .map(
            row ->
                new Measured(
                    row.kind(),
                    row.workload(),
                    row.load(),
                    figures.getOrDefault(row.name(), List.of())))
        .toList();
  }

  private static String line(int round, Row row, Figures figures) {
    return String.format(
        Locale.ROOT,
        "round %d  %-34s %9.0f rows/s  p50 %8.0f µs  p99 %8.0f µs",
        round + 1,
        row.name(),
        figures.rowsPerSecond(),
        figures.p50Micros(),
        figures.p99Micros());
  }

  private void say(String text) {
    double seconds = (ticker.nanos() - startNanos) / 1e9;
    System.out.println(String.format(Locale.ROOT, "[%5.1f s] %s", seconds, text));
  }
}
