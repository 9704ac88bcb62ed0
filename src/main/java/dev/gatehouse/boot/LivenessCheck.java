package dev.gatehouse.boot;

import jakarta.inject.Singleton;
import java.util.List;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/**
 * Liveness over HTTP: down while a version that is meant to run has lost its last instance. Nothing
 * but a new process gets back what a stuck instance holds.
 */
@Liveness
@Singleton
class LivenessCheck implements HealthCheck {

  private final Gateway gateway;

  LivenessCheck(Gateway gateway) {
    this.gateway = gateway;
  }

  @Override
  public HealthCheckResponse call() {
    List<String> lost = gateway.lostVersions();
    return HealthCheckResponse.named("gatehouse-models")
        .status(lost.isEmpty())
        .withData("lost", String.join(" ", lost))
        .build();
  }
}
