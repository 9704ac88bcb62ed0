package dev.gatehouse.edge;

import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;

/**
 * The standard health service: every service of the gateway is as ready as the gateway is.
 *
 * <p>Watchers are told of changes by {@link #tell}, which its owner calls from one thread.
 */
final class HealthEndpoint implements HealthGrpc.AsyncService {

  /** The most calls of {@code Watch} at once; health asks for no credentials. */
  static final int WATCHERS_MAX = 256;

  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private final BooleanSupplier ready;
  private final Set<String> services;
  private final Semaphore places = new Semaphore(WATCHERS_MAX);

  /** What each watcher was last told; the value is written under the watcher's monitor. */
  private final Map<ServerCallStreamObserver<HealthCheckResponse>, ServingStatus> watchers =
      new ConcurrentHashMap<>();

  HealthEndpoint(BooleanSupplier ready, Set<String> services) {
    this.ready = ready;
    this.services = Set.copyOf(services);
  }

  @Override
  public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> observer) {
    if (!known(request.getService())) {
      throw new RefusedException(new Refusal.NotFound("this service"));
    }
    observer.onNext(response(status()));
    observer.onCompleted();
  }

  @Override
  public void watch(HealthCheckRequest request, StreamObserver<HealthCheckResponse> observer) {
    if (!known(request.getService())) {
      // The protocol keeps such a watch open, since the service may come; ours never do.
      throw new RefusedException(new Refusal.NotFound("this service"));
    }
    if (!places.tryAcquire()) {
      throw new RefusedException(new Refusal.QueueFull(RETRY_AFTER));
    }
    var watcher = (ServerCallStreamObserver<HealthCheckResponse>) observer;
    // A watch ends by a cancel alone, and that comes once.
    watcher.setOnCancelHandler(
        () -> {
          watchers.remove(watcher);
          places.release();
        });
    ServingStatus status = status();
    synchronized (watcher) {
      watchers.put(watcher, status);
      watcher.onNext(response(status));
    }
  }

  /** Tells watchers what has changed since they were last told. */
  void tell() {
    ServingStatus status = status();
    for (var entry : new HashMap<>(watchers).entrySet()) {
      var watcher = entry.getKey();
      if (entry.getValue() != status && watchers.replace(watcher, entry.getValue(), status)) {
        synchronized (watcher) {
          watcher.onNext(response(status));
        }
      }
    }
  }

  /** Ends all watches, which otherwise last as long as their connections. */
  void close() {
    for (var watcher : new HashMap<>(watchers).keySet()) {
      synchronized (watcher) {
        if (watchers.remove(watcher) != null) {
          watcher.onError(RefusalStatus.of(new Refusal.Draining(RETRY_AFTER)));
        }
      }
    }
  }

  private boolean known(String service) {
    return service.isEmpty() || services.contains(service);
  }

  private ServingStatus status() {
    return ready.getAsBoolean() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  }

  private static HealthCheckResponse response(ServingStatus status) {
    return HealthCheckResponse.newBuilder().setStatus(status).build();
  }
}
