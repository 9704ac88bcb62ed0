package dev.gatehouse.boot;

import dev.gatehouse.access.Logouts;
import dev.gatehouse.edge.AlertmanagerWebhook;
import dev.gatehouse.edge.BackChannelLogout;
import dev.gatehouse.keys.Secret;
import io.quarkus.vertx.http.ManagementInterface;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;

/** What the management port answers besides health and metrics. */
@Singleton
class ManagementRoutes {

  private final Logouts logouts;
  private final GatehouseConfig config;
  private final Provider<Gateway> gateway;

  ManagementRoutes(Logouts logouts, GatehouseConfig config, Provider<Gateway> gateway) {
    this.logouts = logouts;
    this.config = config;
    this.gateway = gateway;
  }

  void add(@Observes ManagementInterface management) {
    new BackChannelLogout(logouts).addTo(management.router());
    // The port may answer before the gateway has started.
    new AlertmanagerWebhook(
            config.abuse().response().webhookToken().map(Secret::new),
            alerts -> gateway.get().report(alerts))
        .addTo(management.router());
  }
}
