package dev.gatehouse.boot;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.testing.GatewayProcess;
import dev.gatehouse.testing.GatewaySettings;
import dev.gatehouse.testing.KeycloakServer;
import dev.gatehouse.testing.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Settings that the packaged gateway refuses, and what the person who set them reads. */
final class RefusedStartIT {

  private static String refused(Map<String, String> settings) throws IOException {
    try (GatewayProcess gateway = GatewayProcess.launch(settings)) {
      assertNotEquals(0, gateway.awaitEnd());
      String log = Files.readString(gateway.log());
      assertFalse(log.contains("gRPC on"), "it listened");
      return log;
    }
  }

  private static void assertReads(String log, List<String> expected) {
    for (String text : expected) {
      assertTrue(log.contains(text), () -> "no '" + text + "' in\n" + log);
    }
    long trace = log.lines().filter(line -> line.startsWith("\tat ")).count();
    assertTrue(trace == 0, () -> trace + " lines of stack trace in\n" + log);
  }

  @Test
  void start_settingsOutOfRangeOrContradictory_namesAllOfThem() throws IOException {
    Map<String, String> settings =
        OwnGateway.settings(
            PostgresServer.shared(),
            Map.of(
                "gatehouse.server.host", "0.0.0.0",
                "gatehouse.server.metadata-bytes-max", "1M",
                "gatehouse.server.message-bytes-max", "256M",
                "gatehouse.server.calls-max", "0",
                "gatehouse.server.tls.key", "key.pem",
                "gatehouse.access.snapshot-age-max", "1S",
                "gatehouse.engine.devices", "tpu",
                "gatehouse.audit.backlog-max", "-1"));
    settings.put("gatehouse.oidc.audience", " ");
    assertReads(
        refused(settings),
        List.of(
            "gatehouse.server.metadata-bytes-max must be",
            "gatehouse.server.inbound-bytes-max must be at least twice",
            "gatehouse.server.calls-max must be",
            "server.tls.key are set together",
            "gatehouse.access.snapshot-age-max must be longer",
            "gatehouse.engine.devices must be",
            "gatehouse.audit.backlog-max must be",
            "gatehouse.oidc.audience must not be blank"));
  }

  @Test
  void start_roleThatCouldChangeTheRecord_isRefused() throws IOException {
    Map<String, String> noOwner = OwnGateway.settings(PostgresServer.shared(), Map.of());
    noOwner.remove("gatehouse.database.owner.username");
    assertReads(
        refused(noOwner),
        List.of("gatehouse.database.owner.username is missing", "allow-shared-database-role"));
    Map<String, String> one =
        new HashMap<>(
            GatewaySettings.of(
                PostgresServer.shared().createDatabase().withOneRole(), KeycloakServer.shared()));
    assertReads(
        refused(one),
        List.of("gatehouse.database.username", "owner of audit_control_entry", "Setting up"));
  }

  @Test
  void start_plaintextForTheWorld_isRefusedUnlessAskedForByName() throws IOException {
    assertReads(
        refused(
            OwnGateway.settings(
                PostgresServer.shared(), Map.of("gatehouse.server.host", "0.0.0.0"))),
        List.of("gatehouse.server.host is not loopback"));
    Map<String, String> asked =
        OwnGateway.settings(
            PostgresServer.shared(),
            Map.of(
                "gatehouse.server.host", "0.0.0.0", "gatehouse.server.plaintext-allowed", "true"));
    try (GatewayProcess gateway = GatewayProcess.start(asked)) {
      assertTrue(gateway.alive());
    }
  }

  @Test
  void start_unknownMissingAndUnreadableSettings_namesThem() throws IOException {
    Map<String, String> settings =
        new HashMap<>(
            OwnGateway.settings(
                PostgresServer.shared(),
                Map.of(
                    "gatehouse.server.prot", "1",
                    "gatehouse.server.calls-max", "many",
                    "gatehouse.server.drain-timeout", "soon")));
    settings.remove("gatehouse.oidc.audience");
    assertReads(
        refused(settings),
        List.of(
            "gatehouse.server.prot",
            "gatehouse.server.calls-max",
            "gatehouse.server.drain-timeout",
            "gatehouse.oidc.audience"));
  }

  @Test
  void start_certificateThatIsNotThere_saysSo() throws IOException {
    assertReads(
        refused(
            OwnGateway.settings(
                PostgresServer.shared(),
                Map.of(
                    "gatehouse.server.tls.certificate", "no-such.pem",
                    "gatehouse.server.tls.key", "no-such-key.pem"))),
        List.of("no-such.pem"));
  }

  @Test
  void start_keysFileThatOthersCanReadOrThatIsNone_saysSo() throws IOException {
    Path file = Files.createTempFile("keys-", ".json");
    Files.writeString(file, "{}");
    Map<String, String> settings =
        OwnGateway.settings(
            PostgresServer.shared(), Map.of("gatehouse.keys.file", file.toString()));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertReads(refused(settings), List.of("gatehouse.keys.file", "has mode rw-r--r--", "0600"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertReads(refused(settings), List.of("gatehouse.keys.file", "holds no keyset"));
    Files.delete(file);
  }

  @Test
  void start_keysOtherThanThoseOfTheDatabase_saysSo() throws IOException {
    Map<String, String> settings = OwnGateway.settings(PostgresServer.shared(), Map.of());
    try (GatewayProcess first = GatewayProcess.start(settings)) {
      assertTrue(first.alive());
      settings.put("gatehouse.keys.file", "other-keys.json");
      assertReads(
          refused(settings),
          List.of("gatehouse.keys.file", "other-keys.json is not the one", "access_keyset"));
      settings.put("gatehouse.keys.file", "no-keys.json");
      settings.put("gatehouse.keys.create", "false");
      assertReads(refused(settings), List.of("gatehouse.keys.file", "there is no keys file"));
    }
  }
}
