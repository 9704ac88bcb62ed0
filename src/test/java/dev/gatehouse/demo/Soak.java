package dev.gatehouse.demo;

import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.GatewayProcess;
import dev.gatehouse.testing.GatewaySettings;
import dev.gatehouse.testing.HeldTokens;
import dev.gatehouse.testing.KeycloakServer;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.SharedGateway;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a packaged gateway busy for minutes and holds that it ends where it began: mixed load of
 * three callers on all sample models, one call in a hundred cancelled and one poisoned, a version
 * deployed in place of another every minute.
 *
 * <p>The standing after the warm-up, in which every model has been replaced once, is compared with
 * that at the end, both idle and after garbage collection. It fails if something is left over or
 * has grown, or if any call ended otherwise than it should.
 */
public final class Soak {

  /**
   * The heap is resident as a whole from the start: how much of it the collector touches depends on
   * how busy the machine is, and what it holds is compared by itself.
   */
  private static final String[] WHOLE_HEAP = {"-Xms1g", "-XX:+AlwaysPreTouch"};

  /** How long the warm-up goes on after every model has been replaced, at least. */
  private static final double WARM_UP_SHARE = 0.15;

  private static final Duration SETTLE = Duration.ofSeconds(3);
  private static final long SEED = 20_261_121;
  private static final List<Realm.Service> CALLERS =
      List.of(Realm.ORDERS, Realm.RETURNS, Realm.STRANGER);

  private final Report report;
  private final Duration length;
  private final Duration deployEvery;
  private final GatewayProcess gateway;
  private final GatewayClient client;
  private final Ticker ticker = SystemTime.ticker();
  private final HeldTokens tokens;
  private final Map<SoakModel, Integer> versions = new EnumMap<>(SoakModel.class);
  private int deployments;

  private Soak(
      Report report,
      Duration length,
      KeycloakServer keycloak,
      GatewayProcess gateway,
      GatewayClient client) {
    this.report = report;
    this.length = length;
    this.deployEvery =
        length.compareTo(Duration.ofMinutes(10)) < 0 ? length.dividedBy(10) : Duration.ofMinutes(1);
    this.gateway = gateway;
    this.client = client;
    this.tokens = new HeldTokens(keycloak.login());
  }

  /** Runs it for {@code soak.minutes} minutes after the warm-up. */
  public static void main(String[] arguments) throws InterruptedException {
    List<String> differences = run(Duration.ofMinutes(Integer.getInteger("soak.minutes", 5)));
    if (!differences.isEmpty()) {
      throw new IllegalStateException("not as expected: " + differences);
    }
  }

  /**
   * Runs it for {@code length} after the warm-up.
   *
   * @return what was not as it should be
   */
  static List<String> run(Duration length) throws InterruptedException {
    Report report = new Report(System.out);
    try (KeycloakServer keycloak = KeycloakServer.start();
        PostgresServer postgres = PostgresServer.start()) {
      SharedGateway.importMoreCallers(keycloak);
      Map<String, String> settings =
          new TreeMap<>(GatewaySettings.of(postgres.createDatabase(), keycloak));
      settings.put("gatehouse.engine.devices", "cpu");
      // A cancelled call is a reset of its stream: they are what is being tried here.
      settings.put("gatehouse.server.resets-max", "100000");
      try (GatewayProcess gateway = GatewayProcess.start(settings, WHOLE_HEAP);
          GatewayClient client = new GatewayClient(gateway.grpcPort())) {
        report.step("the gateway is ready; its log is " + gateway.log());
        new Soak(report, length, keycloak, gateway, client).soak();
      }
    }
    return report.differences();
  }

  private void soak() throws InterruptedException {
    register();
    publish();
    SoakTraffic traffic = new SoakTraffic(client, tokens.of(Realm.ORDERS), SEED);
    report.step("every request was answered alone; the warm-up begins");
    start(traffic);
    for (SoakModel model : SoakModel.values()) {
      replace(model, traffic);
    }
    Thread.sleep(Duration.ofNanos((long) (length.toNanos() * WARM_UP_SHARE)));
    Standing before = settle(traffic);
    report.line(before.line("warmed up"));
    start(traffic);
    keepBusy(traffic);
    Standing after = settle(traffic);
    report.line(before.line("warmed up"));
    report.line(after.line("at the end"));
    conclude(traffic, before, after);
  }

  private void register() {
    OidcLogin.Tokens ada = tokens.of(Realm.ADA);
    SharedGateway.register(client, ada, Realm.PAUL, "vision", Caller.Role.ROLE_PUBLISHER);
    SharedGateway.register(
        client, ada, SharedGateway.PIPELINE, "vision", Caller.Role.ROLE_PUBLISHER);
    for (Realm.Service caller : CALLERS) {
      SharedGateway.register(client, ada, caller, "shop", Caller.Role.ROLE_CALLER);
    }
  }

  private void publish() {
    ModelPublisher publisher = publisher();
    for (SoakModel model : SoakModel.values()) {
      String id = model.modelId();
      publisher.createModel(id, id);
      publisher.upload(id, "1", model.artifact(), model.signature());
      publisher.upload(id, "2", model.artifact(), model.signature());
      publisher.deploy(version(model, 1), Deployment.getDefaultInstance());
      versions.put(model, 1);
      for (Realm.Service caller : CALLERS) {
        publisher.grantInfer(id, caller.clientId());
      }
      report.step(id + " is published");
    }
  }

  private ModelPublisher publisher() {
    return new ModelPublisher(
        client, () -> tokens.of(SharedGateway.PIPELINE), () -> tokens.of(Realm.PAUL));
  }

  private static String version(SoakModel model, int version) {
    return "models/" + model.modelId() + "/versions/" + version;
  }

  private void start(SoakTraffic traffic) {
    for (int i = 0; i < CALLERS.size(); i++) {
      Realm.Service caller = CALLERS.get(i);
      traffic.start(() -> tokens.of(caller), SEED + i + 1);
    }
  }

  /** Puts the model's other version in the place of the one that runs, under load. */
  private void replace(SoakModel model, SoakTraffic traffic) {
    int next = 3 - versions.getOrDefault(model, 1);
    try {
      publisher().replaceDefault(version(model, next), Deployment.getDefaultInstance());
      versions.put(model, next);
      deployments++;
    } catch (RuntimeException e) {
      traffic.unexpected("deploying " + model.modelId() + ": " + e);
    }
  }

  private void keepBusy(SoakTraffic traffic) throws InterruptedException {
    long startNanos = ticker.nanos();
    long answered = traffic.answered();
    SoakModel[] models = SoakModel.values();
    for (int i = 0; ticker.nanos() - startNanos < length.toNanos(); i++) {
      Thread.sleep(deployEvery);
      replace(models[i % models.length], traffic);
      report.line(Standing.of(gateway).line("after " + minutes(ticker.nanos() - startNanos)));
    }
    double seconds = (ticker.nanos() - startNanos) / 1e9;
    report.step(
        String.format(
            Locale.ROOT,
            "%.0f s, %.0f answers/s",
            seconds,
            (traffic.answered() - answered) / seconds));
  }

  private static String minutes(long nanos) {
    return String.format(Locale.ROOT, "%.1f min", nanos / 60e9);
  }

  private Standing settle(SoakTraffic traffic) throws InterruptedException {
    traffic.stop();
    // What was replaced last drains, and idle parts give back what they hold for a while.
    TimeUnit.NANOSECONDS.sleep(SETTLE.toNanos());
    return Standing.settled(gateway);
  }

  private void conclude(SoakTraffic traffic, Standing before, Standing after) {
    report.line(
        "soak: %d answered, %d cancelled, %d poisoned and refused, %d deployments, %d unexpected"
            .formatted(
                traffic.answered(),
                traffic.cancelled(),
                traffic.poisoned(),
                deployments,
                traffic.unexpected()));
    traffic.examples().forEach(example -> report.line("UNEXPECTED  " + example));
    report.expect("calls that ended as they should not", 0L, traffic.unexpected());
    report.expect(
        "what has grown or is left", List.of(), new ArrayList<>(after.growthOver(before)));
    report.expect("calls were cancelled", true, traffic.cancelled() > 0);
    report.expect("calls were poisoned", true, traffic.poisoned() > 0);
  }
}
