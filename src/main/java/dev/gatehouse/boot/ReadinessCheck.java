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
        .withData("audit", readiness.audit())
        .build();
  }
}
