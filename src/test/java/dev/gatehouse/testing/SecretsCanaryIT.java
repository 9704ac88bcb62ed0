package dev.gatehouse.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
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
    List<Path> files = new ArrayList<>();
    for (Path file : files()) {
      try {
        note(found, file.toString(), new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        files.add(file);
      } catch (NoSuchFileException e) {
        // A gateway that still runs has put it away: what is gone holds nothing.
      }
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

  /** Those there are; a gateway that still runs makes and removes some meanwhile. */
  private static List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    Path unused =
        Files.walkFileTree(
            Folders.build().resolve("servers"),
            new SimpleFileVisitor<>() {
              @Override
              public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile()
                    && file.toString().contains("/gateway-")
                    && !file.toString().contains("/artifacts/")
                    && !KEEPERS.contains(String.valueOf(file.getFileName()))) {
                  files.add(file);
                }
                return FileVisitResult.CONTINUE;
              }

              @Override
              public FileVisitResult visitFileFailed(Path file, IOException failure)
                  throws IOException {
                if (failure instanceof NoSuchFileException) {
                  return FileVisitResult.CONTINUE;
                }
                throw failure;
              }
            });
    return files;
  }
}
