package dev.gatehouse.demo;

import com.google.rpc.ErrorInfo;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.CreateCallerRequest;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.admin.v1.ModelVersion;
import dev.gatehouse.stubs.admin.v1.Signature;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.Folders;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.GatewayProcess;
import dev.gatehouse.testing.GatewaySettings;
import dev.gatehouse.testing.KeycloakServer;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.PrometheusText;
import dev.gatehouse.testing.Realm;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Shows the gateway at work to somebody who has never seen it: starts PostgreSQL, Keycloak and the
 * packaged gateway, publishes a model, classifies the digits of its test set as two services, and
 * shows what is counted and what is refused.
 *
 * <p>With {@code quickstart.watch} it shows also how a caller is found that behaves like a thief,
 * with Prometheus and Alertmanager where the PATH leads to them; with {@code quickstart.act} the
 * gateway acts on that by itself.
 *
 * <p>It checks everything it shows. It then stays up until it is interrupted; with the system
 * property {@code quickstart.once} it ends, and fails if anything differed from the expectation.
 * Whatever way it ends, the gateway stops first, then what it depends on.
 */
public final class Quickstart {

  static final String MODEL = "digits";
  static final String INPUT = "pixels";

  private static final String VERSION = "1";
  private static final String OUTPUT = "logits";
  private static final String ACCURACY = "0.98";
  private static final Duration COUNTED_MAX = Duration.ofSeconds(30);
  private static final List<Realm.Service> SERVICES = List.of(Realm.ORDERS, Realm.RETURNS);

  private final Report report;
  private final KeycloakServer keycloak;
  private final GatewayProcess gateway;
  private final GatewayClient client;
  private final OidcLogin login;

  private Quickstart(
      Report report, KeycloakServer keycloak, GatewayProcess gateway, GatewayClient client) {
    this.report = report;
    this.keycloak = keycloak;
    this.gateway = gateway;
    this.client = client;
    this.login = keycloak.login();
  }

  /** Runs it. No arguments; the system properties are those of the profile {@code quickstart}. */
  public static void main(String[] arguments) throws InterruptedException {
    Report report = new Report(System.out);
    boolean once = Boolean.getBoolean("quickstart.once");
    report.step("starting PostgreSQL and Keycloak; the first start of Keycloak takes a minute");
    // Its threads keep this program's class loader, which the database driver is found by.
    ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();
    CompletableFuture<PostgresServer> starting =
        CompletableFuture.supplyAsync(PostgresServer::start, background);
    try (background;
        KeycloakServer keycloak = KeycloakServer.start();
        PostgresServer postgres = starting.join()) {
      report.step("PostgreSQL listens on port " + postgres.port());
      report.step("Keycloak issues tokens as " + keycloak.issuer());
      PostgresServer.Database database = postgres.createDatabase();
      Map<String, String> settings = new HashMap<>(GatewaySettings.of(database, keycloak));
      // So that the demonstration need not wait for a minute until its calls are anchored.
      settings.put("gatehouse.audit.segment-age-max", "2S");
      boolean watch = Boolean.getBoolean("quickstart.watch");
      WatchServers servers = new WatchServers(Boolean.getBoolean("quickstart.act"));
      if (watch) {
        settings.putAll(servers.settings());
      }
      try (GatewayProcess gateway = GatewayProcess.start(settings);
          servers;
          GatewayClient client = new GatewayClient(gateway.grpcPort())) {
        report.step("the gateway is ready: gRPC on port " + gateway.grpcPort());
        if (watch) {
          servers.start(report, gateway);
        }
        new Quickstart(report, keycloak, gateway, client)
            .show(new AuditTour(report, gateway, client, database), watch ? servers : null, once);
      }
    }
    report.step("everything is stopped");
    if (!report.differences().isEmpty()) {
      throw new IllegalStateException("not as expected: " + report.differences());
    }
  }

  private void show(AuditTour auditTour, @Nullable WatchServers watch, boolean once)
      throws InterruptedException {
    Digits digits = Digits.read(Folders.project("deploy/sample/digits_test.csv"));
    OidcLogin.Tokens ada = registerCallers();
    OidcLogin.Tokens paul = publish();
    List<Classification> classified = classify(digits);
    counted(classified);
    refused(digits);
    new AccessTour(report, client, login, digits.rows().getFirst()).show(ada, paul);
    auditTour.show(ada, login);
    if (watch != null) {
      watched(ada, watch, digits.rows().getFirst());
    }
    for (String line : new Commands(keycloak, gateway, digits.rows().getFirst()).lines()) {
      report.line(line);
    }
    if (!once) {
      report.line("\nEverything stays up until Ctrl-C.");
      new CountDownLatch(1).await();
    }
  }

  private void watched(OidcLogin.Tokens ada, WatchServers servers, Digits.Row digit) {
    WatchTour tour = new WatchTour(report, client, login, servers, digit);
    tour.register(ada);
    tour.show();
  }

  private OidcLogin.Tokens registerCallers() {
    OidcLogin.Tokens ada = login.person(Realm.ADA);
    report.step(
        "ada logged in at Keycloak's login pages, with her password and a one-time code; the"
            + " configuration names her as the first administrator");
    register(
        ada,
        "paul",
        Realm.PAUL.subject(),
        "vision",
        Caller.Kind.KIND_PERSON,
        Caller.Role.ROLE_PUBLISHER);
    for (Realm.Service service : List.of(Realm.ORDERS, Realm.RETURNS, Realm.STRANGER)) {
      register(
          ada,
          service.clientId(),
          service.subject(),
          "shop",
          Caller.Kind.KIND_SERVICE,
          Caller.Role.ROLE_CALLER);
    }
    return ada;
  }

  private void register(
      OidcLogin.Tokens ada,
      String id,
      String subject,
      String team,
      Caller.Kind kind,
      Caller.Role role) {
    Caller caller =
        client
            .callers(ada)
            .createCaller(
                CreateCallerRequest.newBuilder()
                    .setCallerId(id)
                    .setCaller(
                        Caller.newBuilder()
                            .setTeam(team)
                            .setKind(kind)
                            .setSubject(subject)
                            .addRoles(role))
                    .build());
    report.step("ada registered " + caller.getName() + " of team " + caller.getTeam());
  }

  private OidcLogin.Tokens publish() {
    try (OidcLogin.Visit browser = login.visit()) {
      OidcLogin.Tokens paul = browser.person(Realm.PAUL, Map.of());
      ModelPublisher publisher = new ModelPublisher(client, paul);
      report.step(
          "paul logged in with his password; created "
              + publisher.createModel(MODEL, "Digits").getName());
      upload(publisher);
      OidcLogin.Tokens strong = stepUp(browser, publisher);
      ModelPublisher stepped = new ModelPublisher(client, strong);
      for (Realm.Service service : SERVICES) {
        stepped.grantInfer(MODEL, service.clientId());
        report.step("paul granted " + service.clientId() + " to run " + MODEL);
      }
      return strong;
    }
  }

  private void upload(ModelPublisher publisher) {
    Signature signature =
        ModelPublisher.signature(
            List.of(ModelPublisher.tensor(INPUT, "FP32", -1, Digits.PIXELS)),
            List.of(ModelPublisher.tensor(OUTPUT, "FP32", -1, 10)));
    ModelVersion version =
        publisher.upload(MODEL, VERSION, Folders.project("deploy/sample/digits_cnn.pt"), signature);
    report.step("paul uploaded " + version.getName() + ", " + version.getSizeBytes() + " bytes");
    ModelVersion ready = publisher.deploy(version.getName(), Deployment.getDefaultInstance());
    report.expect("state", ModelVersion.State.STATE_READY, ready.getState());
    report.step("paul deployed it: " + ready.getState());
  }

  /** A password is not enough to grant: the refusal says which login is, and it is done. */
  private OidcLogin.Tokens stepUp(OidcLogin.Visit browser, ModelPublisher publisher) {
    ErrorInfo refusal = ErrorInfo.getDefaultInstance();
    try {
      publisher.grantInfer(MODEL, SERVICES.getFirst().clientId());
    } catch (StatusRuntimeException e) {
      refusal = GatewayClient.errorInfo(e).orElse(refusal);
      report.step(
          "a grant by paul is refused: "
              + e.getStatus().getCode()
              + ", reason "
              + refusal.getReason()
              + ", "
              + refusal.getMetadataMap());
    }
    report.expect("a grant after a password", "STEP_UP_REQUIRED", refusal.getReason());
    OidcLogin.Tokens paul = browser.person(Realm.PAUL, refusal.getMetadataMap());
    report.expect("the second login asked for a code", true, browser.askedForCode());
    report.step("paul logged in with a one-time code of his authenticator app");
    return paul;
  }

  private List<Classification> classify(Digits digits) {
    report.step(
        "classifying "
            + digits.rows().size()
            + " digits as two services, up to "
            + Classification.IN_FLIGHT_MAX
            + " calls each in flight, 1 to "
            + Classification.ROWS_MAX
            + " rows a call");
    List<OidcLogin.Tokens> tokens = SERVICES.stream().map(login::service).toList();
    Ticker ticker = SystemTime.ticker();
    long startNanos = ticker.nanos();
    List<Classification> classified = new ArrayList<>();
    try (ExecutorService services = Executors.newVirtualThreadPerTaskExecutor()) {
      List<CompletableFuture<Classification>> running = new ArrayList<>();
      for (int i = 0; i < SERVICES.size(); i++) {
        Digits share = digits.every(SERVICES.size(), i);
        OidcLogin.Tokens token = tokens.get(i);
        running.add(CompletableFuture.supplyAsync(() -> classify(share, token), services));
      }
      running.forEach(one -> classified.add(one.join()));
    }
    summarise(digits.rows().size(), classified, (ticker.nanos() - startNanos) / 1e9);
    return classified;
  }

  private Classification classify(Digits share, OidcLogin.Tokens token) {
    return Classification.of(
        share, GatewayClient.withToken(GRPCInferenceServiceGrpc.newStub(client.channel()), token));
  }

  private void summarise(int expected, List<Classification> classified, double seconds) {
    int rows = classified.stream().mapToInt(Classification::rows).sum();
    int correct = classified.stream().mapToInt(Classification::correct).sum();
    List<Long> sorted =
        classified.stream().flatMap(one -> one.latencyNanos().stream()).sorted().toList();
    String accuracy = String.format(Locale.ROOT, "%.2f", (double) correct / rows);
    report.line(
        String.format(
            Locale.ROOT,
            "quickstart: %d digits classified, accuracy %s, %.0f rows/s, p50 %.1f ms, p99 %.1f ms"
                + " (cold, %d calls)",
            rows,
            accuracy,
            rows / seconds,
            quantile(sorted, 0.50) / 1e6,
            quantile(sorted, 0.99) / 1e6,
            sorted.size()));
    report.expect("digits classified", expected, rows);
    report.expect("accuracy", ACCURACY, accuracy);
  }

  /** The smallest value that at least this share of all values does not exceed. */
  private static long quantile(List<Long> sorted, double share) {
    int rank = (int) Math.ceil(share * sorted.size());
    return sorted.get(Math.max(rank, 1) - 1);
  }

  private void counted(List<Classification> classified) {
    report.line("as Prometheus counted them:");
    for (int i = 0; i < SERVICES.size(); i++) {
      String caller = SERVICES.get(i).clientId();
      Classification sent = classified.get(i);
      Map<String, String> labels = Map.of("caller", caller, "outcome", "OK");
      // A call is counted when it has ended, which can be just after its caller has the answer.
      Await.until(
          COUNTED_MAX, () -> sum("gatehouse_caller_requests_total", labels) >= sent.calls());
      long calls = sum("gatehouse_caller_requests_total", labels);
      long rows = sum("gatehouse_caller_rows_total", Map.of("caller", caller, "model", MODEL));
      report.line(String.format(Locale.ROOT, "  %-16s %4d calls %4d rows", caller, calls, rows));
      report.expect("calls counted of " + caller, (long) sent.calls(), calls);
      report.expect("rows counted of " + caller, (long) sent.rows(), rows);
    }
  }

  private long sum(String name, Map<String, String> labels) {
    return Math.round(new PrometheusText(gateway.metrics()).sum(name, labels));
  }

  private void refused(Digits digits) {
    report.line("refused:");
    List<Digits.Row> one = digits.rows().subList(0, 1);
    refusal("a call without a token", "CREDENTIAL_INVALID", client.inference(), one);
    refusal(
        "a call of stranger-service, which has no grant",
        "ACCESS_DENIED",
        client.inference(login.service(Realm.STRANGER)),
        one);
  }

  private void refusal(
      String what, String reason, GRPCInferenceServiceBlockingStub stub, List<Digits.Row> rows) {
    String answer = "an answer";
    try {
      stub.modelInfer(Classification.request(rows));
    } catch (StatusRuntimeException e) {
      answer = GatewayClient.errorInfo(e).map(ErrorInfo::getReason).orElse("no reason");
      report.line("  " + what + ": " + e.getStatus().getCode() + ", reason " + answer);
    }
    report.expect(what, reason, answer);
  }
}
