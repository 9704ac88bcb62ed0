package dev.gatehouse.demo.attacks;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.Timestamp;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.demo.Report;
import dev.gatehouse.stubs.admin.v1.Finding;
import dev.gatehouse.testing.Folders;
import dev.gatehouse.testing.PrometheusServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Asks the gateway for findings and Prometheus for alerts, again and again, and keeps the first of
 * each kind. For several threads.
 */
final class Detection implements AutoCloseable {

  private static final Duration PAUSE = Duration.ofMillis(250);

  /** How long an attack goes on after everybody who can notice it has. */
  private static final Duration TAIL = Duration.ofSeconds(5);

  private static final String GATEWAY = "gateway";
  private static final String PROMETHEUS = "Prometheus";

  /** Rules that tell of an attack and name no caller; others without one are of operations. */
  private static final Set<String> ANONYMOUS = Set.of("authentication-failure-burst");

  private static final Set<Finding.Response> RESTRICTS =
      Set.of(Finding.Response.RESPONSE_SHADOW, Finding.Response.RESPONSE_RESTRICTED);

  private final Stage stage;
  private final Optional<PrometheusServer> prometheus;
  private final Report report;
  private final InstantSource clock = SystemTime.wall();
  private final Thread thread;

  @GuardedBy("this")
  private final Map<String, Sign> signs = new LinkedHashMap<>();

  private boolean complained;

  private Detection(Stage stage, Optional<PrometheusServer> prometheus, Report report) {
    this.stage = stage;
    this.prometheus = prometheus;
    this.report = report;
    this.thread = Thread.ofVirtual().unstarted(this::watch);
  }

  /** Starts asking; with Prometheus if that is wanted and the machine has one. */
  static Detection start(Stage stage, boolean wanted, Report report) {
    Optional<PrometheusServer> prometheus =
        wanted && PrometheusServer.installed()
            ? Optional.of(PrometheusServer.start(files(stage.gateway().managementPort())))
            : Optional.empty();
    report.step(
        prometheus.isPresent()
            ? "Prometheus scrapes and evaluates every 5 s"
            : "there is no Prometheus: only what the gateway itself finds counts");
    Detection detection = new Detection(stage, prometheus, report);
    detection.thread.start();
    return detection;
  }

  /** What the shipped configuration says, for this gateway's port and without Alertmanager. */
  private static Map<String, String> files(int port) {
    Map<String, String> files = new HashMap<>();
    files.put(
        "prometheus.yml",
        """
        global:
          scrape_interval: 5s
          scrape_timeout: 4s
          evaluation_interval: 5s
        rule_files:
          - rules/*.yml
        scrape_configs:
          - job_name: gatehouse
            metrics_path: /q/metrics
            static_configs:
              - targets: ["127.0.0.1:%d"]
        """
            .formatted(port));
    try (Stream<Path> rules = Files.list(Folders.project("deploy/prometheus/rules"))) {
      for (Path rule : rules.toList()) {
        files.put("rules/" + rule.getFileName(), Files.readString(rule));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  private void watch() {
    try {
      while (true) {
        ask();
        Thread.sleep(PAUSE);
      }
    } catch (InterruptedException e) {
      // Nobody wants to know any more.
    }
  }

  private void ask() {
    patiently(() -> stage.findings().forEach(this::found));
    prometheus.ifPresent(server -> patiently(() -> server.alerts().forEach(this::firing)));
  }

  /** What cannot be asked now is asked again soon; it is said once. */
  private void patiently(Runnable question) {
    try {
      question.run();
    } catch (RuntimeException e) {
      if (!complained) {
        complained = true;
        report.step("could not ask what was noticed: " + e.getMessage());
      }
    }
  }

  private void found(Finding finding) {
    String by = finding.getSource() == Finding.Source.SOURCE_GATEWAY ? GATEWAY : "Alertmanager";
    boolean restricts = RESTRICTS.contains(finding.getResponse());
    String caller = finding.getCaller().replace("callers/", "");
    Timestamp at = finding.getCreateTime();
    Instant instant = Instant.ofEpochSecond(at.getSeconds(), at.getNanos());
    synchronized (this) {
      // Anew each time: what is done about a finding can be decided later.
      signs.put(finding.getName(), new Sign(finding.getRule(), by, restricts, caller, instant));
    }
  }

  /** An alert counts from when it is seen to fire, which is when people would hear of it. */
  private void firing(JsonNode alert) {
    if (!alert.path("state").asText().equals("firing")) {
      return;
    }
    JsonNode labels = alert.path("labels");
    String rule = labels.path("rule").asText();
    String caller = labels.path("caller").asText();
    if (caller.isEmpty() && !ANONYMOUS.contains(rule)) {
      return;
    }
    String key = rule + " " + caller + " " + labels.path("model").asText();
    synchronized (this) {
      signs.putIfAbsent(key, new Sign(rule, PROMETHEUS, false, caller, clock.instant()));
    }
  }

  /** All signs of these callers between two moments, the first one first. */
  synchronized List<Sign> of(Set<String> callers, Instant from, Instant to) {
    List<Sign> all = new ArrayList<>();
    for (Sign sign : signs.values()) {
      if (callers.contains(sign.caller()) && !sign.at().isBefore(from) && !sign.at().isAfter(to)) {
        all.add(sign);
      }
    }
    all.sort((a, b) -> a.at().compareTo(b.at()));
    return all;
  }

  /** Whether everybody who can notice this caller did so a while ago. */
  boolean complete(Set<String> callers, Instant from) {
    Instant until = clock.instant().minus(TAIL);
    List<String> by = of(callers, from, until).stream().map(Sign::by).toList();
    return by.contains(PROMETHEUS)
        ? by.contains(GATEWAY) || callers.contains("")
        : by.contains(GATEWAY) && prometheus.isEmpty();
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    prometheus.ifPresent(PrometheusServer::close);
  }
}
