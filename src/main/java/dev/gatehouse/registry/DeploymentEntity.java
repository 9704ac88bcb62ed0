package dev.gatehouse.registry;

import dev.gatehouse.core.CallerId;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A row of {@code deployment}. Which change is allowed when is decided by {@link Deployments}. */
@Entity
@IdClass(VersionKey.class)
@Table(name = "deployment")
class DeploymentEntity {

  @Id String model;

  @Id String version;

  /** What is wanted; {@link #state} is what was observed. */
  boolean deployed;

  @Enumerated(EnumType.STRING)
  DeploymentState state;

  String failure;

  long attempt;

  @Column(name = "state_time")
  Instant stateTime;

  @Column(name = "batch_rows_max")
  int batchRowsMax;

  @Column(name = "queue_delay_micros_max")
  long queueDelayMicrosMax;

  @Column(name = "instances_per_device")
  int instancesPerDevice;

  @Column(name = "execution_micros_limit")
  long executionMicrosLimit;

  @Column(name = "queue_rows_max")
  int queueRowsMax;

  @Column(name = "queue_bytes_max")
  long queueBytesMax;

  @Column(name = "batch_rows_preferred")
  int[] batchRowsPreferred;

  @Column(name = "batch_rows_allowed")
  int[] batchRowsAllowed;

  @Column(name = "oversized_calls")
  @Enumerated(EnumType.STRING)
  OversizedCalls oversizedCalls;

  @Column(name = "latency_objective_micros")
  long latencyObjectiveMicros;

  @Column(name = "queue_calls_max")
  int queueCallsMax;

  @Column(name = "caller_queue_percent_max")
  int callerQueuePercentMax;

  @Column(name = "non_finite_outputs")
  @Enumerated(EnumType.STRING)
  NonFiniteOutputs nonFiniteOutputs;

  @Column(name = "canary_percent")
  int canaryPercent;

  @Column(name = "canary_callers")
  String[] canaryCallers;

  /** What this attempt does to the default; {@code BESIDE} once it has ended. */
  @Enumerated(EnumType.STRING)
  Rollout rollout;

  /** The replica whose attempt this is; null if it was made before there were replicas. */
  @Nullable String owner;

  /** It ran, and no replica could go on running it. */
  boolean lost;

  @SuppressWarnings("NullAway.Init") // Hibernate fills the fields
  protected DeploymentEntity() {}

  /** The deployment of a version that never had one; {@link #begin} must follow. */
  @SuppressWarnings("NullAway.Init") // begin fills the rest
  DeploymentEntity(VersionKey key) {
    this.model = key.model();
    this.version = key.version();
  }

  VersionKey key() {
    return new VersionKey(model, version);
  }

  DeploymentState state() {
    return state;
  }

  boolean deployed() {
    return deployed;
  }

  String failure() {
    return failure;
  }

  long attempt() {
    return attempt;
  }

  Instant stateTime() {
    return stateTime;
  }

  DeploymentSettings settings() {
    return new DeploymentSettings(
        new DeploymentSettings.Batching(
            batchRowsMax,
            ofMicros(queueDelayMicrosMax),
            list(batchRowsPreferred),
            list(batchRowsAllowed),
            oversizedCalls,
            ofMicros(latencyObjectiveMicros)),
        new DeploymentSettings.Queue(
            queueRowsMax, queueBytesMax, queueCallsMax, callerQueuePercentMax),
        new DeploymentSettings.Execution(
            instancesPerDevice, ofMicros(executionMicrosLimit), nonFiniteOutputs),
        canary());
  }

  Canary canary() {
    return new Canary(
        canaryPercent,
        Arrays.stream(canaryCallers).map(CallerId::new).collect(Collectors.toUnmodifiableSet()));
  }

  void set(DeploymentSettings settings) {
    DeploymentSettings.Batching batching = settings.batching();
    batchRowsMax = batching.rowsMax();
    queueDelayMicrosMax = micros(batching.delayMax());
    batchRowsPreferred = array(batching.preferredRows());
    batchRowsAllowed = array(batching.allowedRows());
    oversizedCalls = batching.oversizedCalls();
    latencyObjectiveMicros = micros(batching.latencyObjective());
    DeploymentSettings.Queue queue = settings.queue();
    queueRowsMax = queue.rowsMax();
    queueBytesMax = queue.bytesMax();
    queueCallsMax = queue.callsMax();
    callerQueuePercentMax = queue.callerShareMaxPercent();
    DeploymentSettings.Execution execution = settings.execution();
    instancesPerDevice = execution.instancesPerDevice();
    executionMicrosLimit = micros(execution.limit());
    nonFiniteOutputs = execution.nonFiniteOutputs();
    set(settings.canary());
  }

  void set(Canary canary) {
    canaryPercent = canary.percent();
    canaryCallers = canary.callers().stream().map(CallerId::value).sorted().toArray(String[]::new);
  }

  private static Duration ofMicros(long micros) {
    return Duration.of(micros, ChronoUnit.MICROS);
  }

  private static long micros(Duration duration) {
    return duration.toNanos() / 1000;
  }

  private static List<Integer> list(int[] sizes) {
    return Arrays.stream(sizes).boxed().toList();
  }

  private static int[] array(List<Integer> sizes) {
    return sizes.stream().mapToInt(Integer::intValue).toArray();
  }

  Rollout rollout() {
    return rollout;
  }

  @Nullable String owner() {
    return owner;
  }

  boolean lost() {
    return lost;
  }

  /** A new attempt to run it, which {@code owner} makes. */
  void begin(long attempt, ReplicaId owner, Rollout rollout, Instant now) {
    this.deployed = true;
    this.attempt = attempt;
    this.owner = owner.value();
    observe(DeploymentState.DEPLOYING, "", now);
    this.rollout = rollout;
  }

  /** Notes what became of it; nothing is left to be done to the default then. */
  void observe(DeploymentState state, String failure, Instant now) {
    this.rollout = Rollout.BESIDE;
    this.lost = false;
    this.state = state;
    this.failure = failure;
    this.stateTime = now;
  }

  /** It has failed after it had run. */
  void lose(String failure, Instant now) {
    observe(DeploymentState.FAILED, failure, now);
    this.lost = true;
  }

  void end(Instant now) {
    this.deployed = false;
    observe(DeploymentState.UNDEPLOYED, "", now);
  }
}
