package dev.gatehouse.boot;

import dev.gatehouse.access.Logouts;
import dev.gatehouse.edge.BackChannelLogout;
import io.quarkus.vertx.http.ManagementInterface;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** What the management port answers besides health and metrics. */
@Singleton
class ManagementRoutes {

  private final Logouts logouts;

  ManagementRoutes(Logouts logouts) {
    this.logouts = logouts;
  }

  void add(@Observes ManagementInterface management) {
    new BackChannelLogout(logouts).addTo(management.router());
  }
}
