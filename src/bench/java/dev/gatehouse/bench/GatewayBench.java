package dev.gatehouse.bench;

import dev.gatehouse.core.TensorSpec;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.CreateCallerRequest;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.admin.v1.ModelVersion;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.GatewayProcess;
import dev.gatehouse.testing.GatewaySettings;
import dev.gatehouse.testing.HeldTokens;
import dev.gatehouse.testing.KeycloakServer;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.PrometheusText;
import dev.gatehouse.testing.Realm;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Rows of a packaged gateway, called as a service that was granted to. */
final class GatewayBench implements AutoCloseable {

  private final BenchSettings settings;
  private final Kind kind;
  private final GatewayProcess gateway;
  private final HeldTokens tokens;
  private final ServerWatch watch;

  /**
   * Starts a gateway and brings every workload into service there.
   *
   * @param kind {@link Kind#GATEWAY}, or one that leaves something out
   * @param tokens of the callers, who log in once for all gateways
   */
  GatewayBench(
      BenchSettings settings,
      Kind kind,
      PostgresServer postgres,
      KeycloakServer keycloak,
      HeldTokens tokens) {
    this.settings = settings;
    this.kind = kind;
    this.tokens = tokens;
    Map<String, String> configuration =
        new TreeMap<>(GatewaySettings.of(postgres.createDatabase(), keycloak));
    configuration.put("gatehouse.engine.devices", "cpu");
    configuration.put("gatehouse.engine.graph-optimizer", "" + settings.graphOptimizer());
    configuration.put("gatehouse.audit.journal-enabled", "" + (kind != Kind.UNRECORDED));
    configuration.put("gatehouse.abuse.enabled", "" + (kind != Kind.UNWATCHED));
    if (!settings.commitInterval().isEmpty()) {
      configuration.put("gatehouse.audit.commit-interval", settings.commitInterval());
    }
    this.gateway =
        GatewayProcess.start(configuration, settings.gatewayFlags().toArray(String[]::new));
    boolean published = false;
    try {
      publish();
      published = true;
    } finally {
      if (!published) {
        gateway.close();
      }
    }
    this.watch = ServerWatch.of(ProcessHandle.of(gateway.pid()).orElseThrow());
  }

  private void publish() {
    try (GatewayClient client = new GatewayClient(gateway.grpcPort())) {
      OidcLogin.Tokens ada = tokens.of(Realm.ADA);
      register(
          client,
          ada,
          "paul",
          Realm.PAUL.subject(),
          Caller.Kind.KIND_PERSON,
          Caller.Role.ROLE_PUBLISHER);
      for (Realm.Service service : Fairness.CALLERS) {
        register(
            client,
            ada,
            service.clientId(),
            service.subject(),
            Caller.Kind.KIND_SERVICE,
            Caller.Role.ROLE_CALLER);
      }
      ModelPublisher publisher =
          new ModelPublisher(client, () -> tokens.of(Realm.PAUL), () -> tokens.of(Realm.PAUL));
      for (Workload workload : Workload.values()) {
        if (kind.lesser() && workload != Plan.COMPARED) {
          continue;
        }
        publish(publisher, workload);
      }
    }
  }

  private static void register(
      GatewayClient client,
      OidcLogin.Tokens ada,
      String id,
      String subject,
      Caller.Kind kind,
      Caller.Role role) {
    Caller caller =
        Caller.newBuilder()
            .setTeam("bench")
            .setKind(kind)
            .setSubject(subject)
            .addRoles(role)
            .build();
    Caller registered =
        client
            .callers(ada)
            .createCaller(
                CreateCallerRequest.newBuilder().setCallerId(id).setCaller(caller).build());
    if (!registered.getName().equals("callers/" + id)) {
      throw new IllegalStateException("registered as " + registered.getName());
    }
  }

  private void publish(ModelPublisher publisher, Workload workload) {
    publisher.createModel(workload.modelId(), workload.title());
    ModelVersion version =
        publisher.upload(
            workload.modelId(),
            Workload.VERSION,
            workload.artifact(),
            ModelPublisher.signature(
                workload.signature().inputs().stream().map(GatewayBench::tensor).toList(),
                workload.signature().outputs().stream().map(GatewayBench::tensor).toList()));
    publisher.deploy(
        version.getName(),
        workload == Workload.SLOW
            ? Deployment.newBuilder().setMaxBatchRows(Workload.SLOW_BATCH_ROWS_MAX).build()
            : Deployment.newBuilder()
                .setInstancesPerDevice(settings.instances())
                // One caller makes the load, and so may fill the queue.
                .setMaxCallerQueuePercent(100)
                .build());
    List<Realm.Service> callers =
        workload == Workload.SLOW ? Fairness.CALLERS : List.of(Realm.ORDERS);
    for (Realm.Service caller : callers) {
      publisher.grantInfer(workload.modelId(), caller.clientId());
    }
  }

  private static dev.gatehouse.stubs.admin.v1.TensorSpec tensor(TensorSpec spec) {
    return ModelPublisher.tensor(spec.name(), spec.datatype().name(), spec.shape().toArray());
  }

  /** A row with so many calls in flight. */
  Row row(Workload workload, List<Exchange> calls, int concurrency) {
    return new Row(
        kind,
        workload,
        concurrency,
        settings.rounds(),
        window -> run(workload, calls, concurrency, window));
  }

  private Figures run(Workload workload, List<Exchange> calls, int concurrency, Duration window) {
    try (Connections open =
        new Connections(gateway.grpcPort(), Math.min(settings.connections(), concurrency))) {
      LoadLoop.Group group = LoadLoop.Group.all(open.stubs(tokens.of(Realm.ORDERS)), concurrency);
      return run(workload, List.of(group), calls, window);
    }
  }

  /** A row in which one caller offers so many times its fair share, and the others are measured. */
  Row fairness(List<Exchange> calls, int factor) {
    return new Row(
        Kind.FAIRNESS,
        Workload.SLOW,
        factor,
        Fairness.ROUNDS,
        window -> {
          try (Connections noisy = new Connections(gateway.grpcPort(), 1);
              Connections second = new Connections(gateway.grpcPort(), 1);
              Connections third = new Connections(gateway.grpcPort(), 1)) {
            return run(
                Workload.SLOW,
                Fairness.groups(List.of(noisy, second, third), tokens, factor),
                calls,
                window);
          }
        });
  }

  private Figures run(
      Workload workload, List<LoadLoop.Group> groups, List<Exchange> calls, Duration window) {
    LoadLoop loop = new LoadLoop(groups, calls, true, watch);
    Counted before = counted(workload);
    Figures figures = loop.run(window.multipliedBy(workload.windows()));
    Counted after = counted(workload);
    long rows = after.rows() - before.rows();
    if (rows != loop.endedCalls()) {
      throw new IllegalStateException(
          "the gateway counted %d rows, the generator %d".formatted(rows, loop.endedCalls()));
    }
    Figures batched =
        figures.withMeanBatch((double) rows / (after.executions() - before.executions()));
    return kind == Kind.UNRECORDED
        ? batched
        : batched.withJournal((double) (after.journalBytes() - before.journalBytes()) / rows);
  }

  /** What the gateway's metrics say. */
  private record Counted(long rows, long executions, long journalBytes) {}

  private Counted counted(Workload workload) {
    PrometheusText metrics = new PrometheusText(gateway.metrics());
    Map<String, String> model = Map.of("model", workload.modelId());
    return new Counted(
        Math.round(metrics.sum("gatehouse_caller_rows_total", model)),
        Math.round(metrics.sum("gatehouse_model_executions_total", model)),
        Math.round(metrics.sum("gatehouse_audit_journal_bytes_total", Map.of())));
  }

  /** Where the gateway's log is. */
  String log() {
    return gateway.log().toString();
  }

  @Override
  public void close() {
    watch.close();
    gateway.close();
  }
}
