package dev.gatehouse.boot;

import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;

/** Readiness over HTTP, with each part of it. */
@org.eclipse.microprofile.health.Readiness
@Singleton
class ReadinessCheck implements HealthCheck {

  private final Gateway gateway;

  ReadinessCheck(Gateway gateway) {
    this.gateway = gateway;
  }

  @Override
  public HealthCheckResponse call() {
    Readiness readiness = gateway.readiness();
    return HealthCheckResponse.named("gatehouse")
        .status(readiness.all())
        .withData("serving", readiness.serving())
        .withData("database", readiness.database())
        .withData("identity-keys", readiness.identityKeys())
        .withData("models", readiness.models())
        .withData("audit", readiness.audit().available())
        .withData("audit-journal", readiness.audit().state())
        .withData("audit-backlog", readiness.audit().backlog())
        .withData("audit-anchor-lag-seconds", readiness.audit().anchorLag().toSeconds())
        .withData("control-log-consistent", readiness.controlLogConsistent())
        .withData("shared-database-role", readiness.sharedDatabaseRole())
        .build();
  }
}
