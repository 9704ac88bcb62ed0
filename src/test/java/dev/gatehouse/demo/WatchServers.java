package dev.gatehouse.demo;

import dev.gatehouse.testing.AlertmanagerServer;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.DeployedWatch;
import dev.gatehouse.testing.Folders;
import dev.gatehouse.testing.GatewayProcess;
import dev.gatehouse.testing.PrometheusServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Prometheus and Alertmanager beside the quickstart's gateway, as {@code deploy/} configures them:
 * those of the two that the PATH leads to. The gateway watches its callers without them, too.
 */
final class WatchServers implements AutoCloseable {

  /** Ten times what Alertmanager takes to tell the gateway. */
  private static final Duration TOLD_MAX = Duration.ofMinutes(3);

  private final Path folder = Folders.create("watch-");
  private final String token = UUID.randomUUID().toString();
  private final boolean acts;
  private @Nullable AlertmanagerServer alertmanager;
  private @Nullable PrometheusServer prometheus;

  /**
   * None that runs yet.
   *
   * @param acts whether the gateway restricts callers by itself, or only says what it would do
   */
  WatchServers(boolean acts) {
    this.acts = acts;
  }

  boolean acts() {
    return acts;
  }

  /** What the gateway must be told. */
  Map<String, String> settings() {
    return Map.of(
        "gatehouse.abuse.response.mode",
        acts ? "act" : "shadow",
        "gatehouse.abuse.response.webhook-token",
        token);
  }

  /** Starts what there is, and says what there is not. */
  void start(Report report, GatewayProcess gateway) {
    if (!PrometheusServer.installed() || !AlertmanagerServer.installed()) {
      report.line(
          "Prometheus and Alertmanager are not both on the PATH (Debian: apt install prometheus"
              + " prometheus-alertmanager). The gateway watches its callers by itself; alerts are"
              + " not shown.");
      return;
    }
    AlertmanagerServer alerts =
        AlertmanagerServer.start(DeployedWatch.alertmanager(gateway.managementPort(), file()));
    alertmanager = alerts;
    PrometheusServer metrics =
        PrometheusServer.start(DeployedWatch.prometheus(gateway.managementPort(), alerts.port()));
    prometheus = metrics;
    report.step("Prometheus scrapes the gateway: " + metrics.uri("/alerts"));
    report.step("Alertmanager tells it of alerts: " + alerts.uri("/"));
  }

  /** The token, where Alertmanager reads it. */
  private Path file() {
    try {
      return Files.writeString(folder.resolve("webhook-token"), token);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether both run. */
  boolean running() {
    return prometheus != null && alertmanager != null;
  }

  /** Whether Prometheus has a rule firing for a caller. */
  boolean fires(String rule, String caller) {
    return prometheus != null
        && prometheus.alerts(rule).stream()
            .anyMatch(
                alert ->
                    alert.at("/labels/caller").asText().equals(caller)
                        && alert.path("state").asText().equals("firing"));
  }

  /** Whether Alertmanager told the gateway at last, and never in vain. */
  boolean told() {
    AlertmanagerServer alerts = alertmanager;
    if (alerts == null) {
      return false;
    }
    Map<String, String> webhooks = Map.of("integration", "webhook");
    boolean told =
        Await.until(
            TOLD_MAX, () -> alerts.metrics().sum("alertmanager_notifications_total", webhooks) > 0);
    return told && alerts.metrics().sum("alertmanager_notifications_failed_total", webhooks) == 0;
  }

  @Override
  public void close() {
    if (prometheus != null) {
      prometheus.close();
    }
    if (alertmanager != null) {
      alertmanager.close();
    }
    Folders.delete(folder);
  }
}
