package dev.gatehouse.registry;

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
        batchRowsMax,
        Duration.of(queueDelayMicrosMax, ChronoUnit.MICROS),
        instancesPerDevice,
        Duration.of(executionMicrosLimit, ChronoUnit.MICROS),
        queueRowsMax,
        queueBytesMax);
  }

  void set(DeploymentSettings settings) {
    batchRowsMax = settings.batchRowsMax();
    queueDelayMicrosMax = settings.queueDelayMax().toNanos() / 1000;
    instancesPerDevice = settings.instancesPerDevice();
    executionMicrosLimit = settings.executionLimit().toNanos() / 1000;
    queueRowsMax = settings.queueRowsMax();
    queueBytesMax = settings.queueBytesMax();
  }

  /** A new attempt to run it. */
  void begin(long attempt, Instant now) {
    this.deployed = true;
    this.attempt = attempt;
    observe(DeploymentState.DEPLOYING, "", now);
  }

  void observe(DeploymentState state, String failure, Instant now) {
    this.state = state;
    this.failure = failure;
    this.stateTime = now;
  }

  void end(Instant now) {
    this.deployed = false;
    observe(DeploymentState.UNDEPLOYED, "", now);
  }
}
