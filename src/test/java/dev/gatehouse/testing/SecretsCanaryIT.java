package dev.gatehouse.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * Runs last, and searches everything that the gateways of all tests have left for every secret that
 * the tests knew: logs, audit records, metrics, trailers, databases. (There are no traces yet.)
 */
@Order(Integer.MAX_VALUE)
final class SecretsCanaryIT {

  /** Where secrets are meant to be: a gateway's settings and its keys. */
  private static final Set<String> KEEPERS = Set.of("application.properties", "keys.json");

  @Test
  void secrets_ofTheWholeSuite_standNowhere() throws IOException {
    // At least these, where this class runs alone.
    SharedGateway gateway = SharedGateway.get();
    KnownSecrets.learn(gateway.tokens(Realm.ORDERS).accessToken());
    Set<String> found = new TreeSet<>(KnownSecrets.leaks());
    note(found, "metrics", gateway.process().metrics());
    note(found, "database", PostgresServer.shared().everyRow());
    List<Path> files = files();
    for (Path file : files) {
      note(found, file.toString(), new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
    }
    System.out.printf(
        "secrets canary: %d parts of secrets searched for in %d files, every row of the databases,"
            + " metrics and trailers%n",
        KnownSecrets.count(), files.size());
    assertEquals(Set.of(), found);
    assertTrue(files.stream().anyMatch(file -> file.endsWith("gateway.log")), files.toString());
    assertTrue(
        files.stream().anyMatch(file -> file.toString().endsWith(".segment")), files.toString());
  }

  /** The search itself must be able to find something. */
  @Test
  void search_forASecretThatIsThere_findsItInAnyForm() {
    String secret = "canary" + "0123456789abcdefghijklmnop";
    KnownSecrets.learn("header." + secret + ".x");
    assertEquals(List.of("canary01…"), KnownSecrets.in("a line with " + secret + " in it"));
    assertEquals(
        1,
        KnownSecrets.in(
                "\\x" + java.util.HexFormat.of().formatHex(secret.getBytes(StandardCharsets.UTF_8)))
            .size());
    assertEquals(List.of(KnownSecrets.MARK), KnownSecrets.in("password=demo-only-x"));
    assertEquals(List.of(), KnownSecrets.in("header"));
  }

  private static void note(Set<String> found, String place, String text) {
    KnownSecrets.in(text).forEach(secret -> found.add(place + ": " + secret));
  }

  private static List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> all = Files.walk(Folders.build().resolve("servers"))) {
      all.filter(Files::isRegularFile)
          .filter(file -> file.toString().contains("/gateway-"))
          .filter(file -> !file.toString().contains("/artifacts/"))
          .filter(file -> !KEEPERS.contains(String.valueOf(file.getFileName())))
          .forEach(files::add);
    }
    return files;
  }
}
