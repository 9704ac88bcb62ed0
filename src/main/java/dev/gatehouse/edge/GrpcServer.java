package dev.gatehouse.edge;

import dev.gatehouse.abuse.watch.CallObserver;
import dev.gatehouse.access.Authenticator;
import dev.gatehouse.audit.AccessJournal;
import dev.gatehouse.audit.ControlLog;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.serving.Serving;
import dev.gatehouse.stubs.admin.v1.AbuseServiceGrpc;
import dev.gatehouse.stubs.admin.v1.AccessReviewsServiceGrpc;
import dev.gatehouse.stubs.admin.v1.ApiKeysServiceGrpc;
import dev.gatehouse.stubs.admin.v1.AuditServiceGrpc;
import dev.gatehouse.stubs.admin.v1.CallersServiceGrpc;
import dev.gatehouse.stubs.admin.v1.GrantsServiceGrpc;
import dev.gatehouse.stubs.admin.v1.ModelRegistryServiceGrpc;
import dev.gatehouse.stubs.admin.v1.ModelVersionsServiceGrpc;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import grpc.health.v1.HealthGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The gRPC port: builds the server, starts it, drains it and stops it. */
public final class GrpcServer {

  /** The most administrative calls that run at once; more wait. */
  public static final int ADMINISTRATION_THREADS_MAX = 32;

  private static final Duration STOP_LIMIT = Duration.ofSeconds(5);

  /** Services whose methods block. */
  private static final Set<String> ADMINISTRATION =
      Set.of(
          ModelRegistryServiceGrpc.SERVICE_NAME,
          ModelVersionsServiceGrpc.SERVICE_NAME,
          CallersServiceGrpc.SERVICE_NAME,
          GrantsServiceGrpc.SERVICE_NAME,
          ApiKeysServiceGrpc.SERVICE_NAME,
          AccessReviewsServiceGrpc.SERVICE_NAME,
          AbuseServiceGrpc.SERVICE_NAME,
          AuditServiceGrpc.SERVICE_NAME);

  /** Methods of the data plane that block. */
  private static final Set<String> BLOCKING =
      Set.of(
          GRPCInferenceServiceGrpc.getRepositoryIndexMethod().getFullMethodName(),
          GRPCInferenceServiceGrpc.getRepositoryModelLoadMethod().getFullMethodName(),
          GRPCInferenceServiceGrpc.getRepositoryModelUnloadMethod().getFullMethodName());

  private final Server server;
  private final EventLoops loops = new EventLoops();
  private final CallGate gate;
  private final HealthEndpoint health;
  private final OpenStreams streams;
  private final InboundBudget budget;
  private final ExecutorService administration;
  private final @Nullable TlsContext tls;
  private final CallTraces traces;
  private volatile boolean draining;

  /**
   * What the server answers from.
   *
   * @param authenticator finds out who calls
   * @param serving the use cases
   * @param metrics counts calls
   * @param journal records calls that no use case does
   * @param controlLog records refused administration
   * @param watch hears of the calls of registered callers
   * @param traces makes spans of calls; closed with the server
   * @param ready whether the gateway can take calls
   * @param version the gateway's version
   * @param issuer the issuer of callers that name none
   * @param ticker monotonic time
   */
  public record Parts(
      Authenticator authenticator,
      Serving serving,
      GatewayMetrics metrics,
      AccessJournal journal,
      ControlLog controlLog,
      CallObserver watch,
      CallTraces traces,
      BooleanSupplier ready,
      String version,
      String issuer,
      Ticker ticker) {}

  /**
   * Builds the server; it takes no calls yet.
   *
   * @throws IOException if certificate or key cannot be read
   */
  public GrpcServer(EdgeSettings settings, Parts parts) throws IOException {
    this.budget = new InboundBudget(settings.inboundBytesMax(), settings.retryAfter());
    CallRecorder recorder =
        new CallRecorder(
            parts.metrics(),
            parts.journal(),
            new AdministrationRecorder(parts.controlLog()),
            parts.watch(),
            parts.traces());
    BooleanSupplier ready = () -> !draining && parts.ready().getAsBoolean();
    this.traces = parts.traces();
    this.gate = new CallGate(settings, recorder, parts.ticker());
    this.streams = new OpenStreams(settings.retryAfter(), settings.inboundBytesMax());
    this.administration =
        Executors.newFixedThreadPool(
            ADMINISTRATION_THREADS_MAX,
            Thread.ofPlatform().name("administration-", 0).daemon(true).factory());
    this.tls = settings.tls() == null ? null : TlsContext.of(settings.tls());
    List<ServerServiceDefinition> services = services(parts, recorder, ready);
    this.health = new HealthEndpoint(ready, names(services));
    services.add(HealthGrpc.bindService(health));
    NettyServerBuilder builder = bounded(settings);
    CallerCheck check = new CallerCheck(parts.authenticator(), recorder, this::placement);
    OffLoop offLoop = new OffLoop(administration, GrpcServer::blocks);
    for (ServerServiceDefinition service : services) {
      // The last interceptor runs first.
      builder.addService(
          ServerInterceptors.intercept(
              GuardedMarshalling.guard(service, settings.messageBytesMax()),
              new FaultBarrier(),
              check,
              offLoop,
              gate));
    }
    this.server =
        builder
            .addStreamTracerFactory(budget)
            .addTransportFilter(CallerCheck.connections())
            .build();
  }

  private List<ServerServiceDefinition> services(
      Parts parts, CallRecorder recorder, BooleanSupplier ready) {
    Serving serving = parts.serving();
    List<ServerServiceDefinition> services = new ArrayList<>();
    services.add(
        ServerInterceptors.intercept(
            GRPCInferenceServiceGrpc.bindService(
                new InferenceEndpoint(
                    new InferenceEndpoint.Parts(
                        serving.inference(),
                        serving.repository(),
                        parts.authenticator(),
                        recorder,
                        streams,
                        loops,
                        ready,
                        parts.version(),
                        parts.ticker()))),
            new StreamErrors()));
    services.add(ModelRegistryServiceGrpc.bindService(new ModelRegistryEndpoint(serving.models())));
    services.add(
        ModelVersionsServiceGrpc.bindService(
            new ModelVersionsEndpoint(serving.versions(), parts.authenticator())));
    services.add(
        CallersServiceGrpc.bindService(new CallersEndpoint(serving.callers(), parts.issuer())));
    services.add(GrantsServiceGrpc.bindService(new GrantsEndpoint(serving.grants())));
    services.add(ApiKeysServiceGrpc.bindService(new ApiKeysEndpoint(serving.apiKeys())));
    services.add(
        AccessReviewsServiceGrpc.bindService(
            new AccessReviewsEndpoint(serving.accessReviews(), parts.authenticator())));
    services.add(
        AbuseServiceGrpc.bindService(
            new AbuseEndpoint(serving.restrictions(), serving.findings(), serving.simulation())));
    services.add(
        AuditServiceGrpc.bindService(new AuditEndpoint(serving.audit(), parts.authenticator())));
    return services;
  }

  private static Set<String> names(List<ServerServiceDefinition> services) {
    return services.stream()
        .map(service -> service.getServiceDescriptor().getName())
        .collect(Collectors.toUnmodifiableSet());
  }

  private NettyServerBuilder bounded(EdgeSettings settings) {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(settings.host(), settings.port()))
            .directExecutor()
            .maxInboundMessageSize(settings.messageBytesMax())
            .maxInboundMetadataSize(settings.metadataBytesMax())
            .maxConcurrentCallsPerConnection(settings.callsPerConnectionMax())
            .maxConnectionAge(settings.connectionAgeMax().toMillis(), TimeUnit.MILLISECONDS)
            .maxConnectionAgeGrace(settings.connectionAgeGrace().toMillis(), TimeUnit.MILLISECONDS)
            .maxConnectionIdle(settings.connectionIdleMax().toMillis(), TimeUnit.MILLISECONDS)
            .keepAliveTime(settings.keepaliveTime().toMillis(), TimeUnit.MILLISECONDS)
            .permitKeepAliveTime(settings.keepaliveClientMin().toMillis(), TimeUnit.MILLISECONDS)
            .permitKeepAliveWithoutCalls(true)
            .maxRstFramesPerWindow(
                settings.resetsMax(), (int) EdgeSettings.RESET_WINDOW.toSeconds());
    loops.carry(builder);
    if (tls != null) {
      builder.sslContext(tls.context());
    }
    return builder;
  }

  /** What blocks has threads of its own; everything else runs where it is. */
  private Executor placement(MethodDescriptor<?, ?> method) {
    return blocks(method) ? administration : Runnable::run;
  }

  private static boolean blocks(MethodDescriptor<?, ?> method) {
    String service = method.getServiceName();
    return (service != null && ADMINISTRATION.contains(service))
        || BLOCKING.contains(method.getFullMethodName());
  }

  /**
   * Opens the port.
   *
   * @throws IOException if it is taken
   */
  public void start() throws IOException {
    server.start();
  }

  /** The port it listens on. */
  public int port() {
    return server.getPort();
  }

  /** The calls in flight. */
  public int runningCalls() {
    return gate.runningCalls();
  }

  /** The bytes of requests held at this moment, over all connections. */
  public long inboundBytes() {
    return budget.heldBytes();
  }

  /** The memory outside the heap that the transport's buffers take. */
  public long transportMemoryBytes() {
    return Math.max(0, PlatformDependent.usedDirectMemory());
  }

  /**
   * Tells watchers of the health service what has changed, and ends streams whose callers may not
   * stay; called every second or so.
   */
  public void upkeep() {
    health.tell();
    sweep();
  }

  /**
   * Ends streams whose callers may not stay; called as soon as other registrations or grants
   * decide, too. By one thread at a time.
   */
  public void sweep() {
    streams.sweep();
  }

  /**
   * Stops taking calls: new ones, and new messages of streams, are refused with {@code DRAINING},
   * readiness is off, and running ones may finish.
   *
   * @return whether all finished within {@code max}
   * @throws InterruptedException if the waiting thread is interrupted
   */
  public boolean drain(Duration max, Ticker ticker) throws InterruptedException {
    draining = true;
    gate.drain();
    streams.drain();
    health.tell();
    long endNanos = ticker.nanos() + max.toNanos();
    while (gate.runningCalls() > 0) {
      if (ticker.nanos() - endNanos >= 0) {
        return false;
      }
      Thread.sleep(10);
    }
    return true;
  }

  /** Closes the port and every connection. */
  public void stop() throws InterruptedException {
    server.shutdown();
    health.close();
    if (!server.awaitTermination(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
      server.shutdownNow();
    }
    administration.shutdownNow();
    loops.stop();
    traces.close();
    if (tls != null) {
      tls.close();
    }
  }
}
