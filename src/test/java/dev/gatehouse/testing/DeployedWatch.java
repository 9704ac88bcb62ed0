package dev.gatehouse.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The files that {@code deploy/} has for Prometheus and Alertmanager, with nothing changed but the
 * places of the other servers.
 */
public final class DeployedWatch {

  private static final String PROMETHEUS = "deploy/prometheus/";
  private static final String LOCAL = "127.0.0.1:";

  private DeployedWatch() {}

  /**
   * The configuration of Prometheus and its rules, by path.
   *
   * @param managementPort where the gateway has its metrics
   * @param alertmanagerPort where alerts go
   */
  public static Map<String, String> prometheus(int managementPort, int alertmanagerPort) {
    Map<String, String> files = new TreeMap<>();
    String configuration = read(PROMETHEUS + "prometheus.yml");
    configuration = moved(configuration, "gateway:9000", LOCAL + managementPort);
    configuration = moved(configuration, "alertmanager:9093", LOCAL + alertmanagerPort);
    files.put("prometheus.yml", configuration);
    try (Stream<Path> rules = Files.list(Folders.project(PROMETHEUS + "rules"))) {
      for (Path rule : rules.toList()) {
        String path = "rules/" + rule.getFileName();
        files.put(path, read(PROMETHEUS + path));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  /**
   * The configuration of Alertmanager.
   *
   * @param managementPort where the gateway hears of alerts
   * @param token the file that holds what it authenticates with
   */
  public static String alertmanager(int managementPort, Path token) {
    String configuration = read("deploy/alertmanager/alertmanager.yml");
    configuration = moved(configuration, "gateway:9000", LOCAL + managementPort);
    return moved(
        configuration, "/run/secrets/gatehouse-webhook-token", token.toAbsolutePath().toString());
  }

  private static String read(String path) {
    try {
      return Files.readString(Folders.project(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String moved(String configuration, String from, String to) {
    if (!configuration.contains(from)) {
      throw new IllegalStateException("no " + from + " in\n" + configuration);
    }
    return configuration.replace(from, to);
  }
}
