package dev.gatehouse.serving;

import dev.gatehouse.registry.HeldVersion;
import dev.gatehouse.registry.ReplicaId;
import dev.gatehouse.registry.Replicas;
import io.quarkus.narayana.jta.QuarkusTransaction;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * This process among those that share the registry: says every two seconds that it lives and what
 * it holds. One thread does all saying, so that what is said last is what was true last.
 */
final class Replica implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(Replica.class);
  private static final Duration ANNOUNCE_WAIT_MAX = Duration.ofSeconds(5);

  private final ReplicaId id;
  private final String name;
  private final Administration administration;
  private final Replicas replicas;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("heartbeat").daemon(true).factory());

  /** Empty until it starts. */
  private volatile Supplier<Collection<HeldVersion>> held = List::of;

  private volatile int alive;

  /** Used by the thread alone; so that a database which is away is logged once. */
  private boolean failing;

  /**
   * A replica that says nothing yet.
   *
   * @param id another one with each start
   * @param name for people; empty for the beginning of its id
   */
  Replica(ReplicaId id, Administration administration, Replicas replicas, String name) {
    this.id = id;
    this.administration = administration;
    this.replicas = replicas;
    this.name = name.isEmpty() ? id.value().substring(0, 8) : name;
  }

  ReplicaId id() {
    return id;
  }

  /** Says that it lives and holds this, now and from now on; waits for the first time. */
  void start(Supplier<Collection<HeldVersion>> held) {
    this.held = held;
    LOG.infof("this is replica %s, %s", name, id);
    announce();
    long millis = Replicas.BEAT_INTERVAL.toMillis();
    var ignored = thread.scheduleWithFixedDelay(this::beat, millis, millis, TimeUnit.MILLISECONDS);
  }

  /** Says it before its time, and waits a few seconds at most until it is said. */
  void announce() {
    try {
      Object ignored =
          thread.submit(this::beat).get(ANNOUNCE_WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException | RejectedExecutionException e) {
      LOG.debugf("not said: %s", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** How many replicas lived at the last heartbeat, this one included. */
  int alive() {
    return alive;
  }

  private void beat() {
    try {
      // Not by way of the administration, which would log a lost database every time.
      alive = QuarkusTransaction.requiringNew().call(() -> replicas.beat(id, name, held.get()));
      failing = false;
    } catch (RuntimeException | Error e) {
      if (!failing) {
        LOG.warnf("the other replicas cannot be told that this one lives: %s", e.toString());
      }
      failing = true;
    }
  }

  /** Says that it ends; what it was about to do is done by others at once. */
  @Override
  public void close() {
    thread.shutdownNow();
    administration.afterwards(
        () -> {
          boolean ignored =
              administration.transaction(
                  () -> {
                    replicas.leave(id);
                    return true;
                  });
        });
  }
}
