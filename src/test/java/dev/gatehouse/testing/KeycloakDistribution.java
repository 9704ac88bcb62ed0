package dev.gatehouse.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The Keycloak which the build unpacks, made ready to start quickly.
 *
 * <p>Three things cost most of a first start: building the server for its database, creating the
 * schema and importing the realm, and loading classes. All are done once and kept in the build
 * folder: the built server in the distribution, a database with the realm in it that each server
 * copies, and an archive of loaded classes. A start then takes about a fifth of the CPU time. The
 * database is kept by the contents of the realm file, so that a changed realm is imported anew.
 *
 * <p>A lock file lets one process at a time prepare.
 */
final class KeycloakDistribution {

  /** How long each step of preparing may take. */
  static final Duration PREPARE_MAX = Duration.ofMinutes(4);

  private static final List<String> BUILD = List.of("build", "--db=dev-file");
  private static final List<String> FOLDERS = List.of("lib", "conf", "providers", "themes");
  private static final String DATABASE = "keycloakdb.mv.db";

  /** C1 alone: a server that lives for minutes never earns back what C2 costs on two cores. */
  private static final List<String> JVM_FLAGS =
      List.of(
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseSerialGC",
          "-Xms128m",
          "-Xmx512m",
          "-XX:MaxMetaspaceSize=256m",
          "-XX:+ExitOnOutOfMemoryError",
          "--add-opens=java.base/java.util=ALL-UNNAMED",
          "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
          "--add-opens=java.base/java.security=ALL-UNNAMED",
          "--add-opens=java.base/java.lang=ALL-UNNAMED",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-Duser.language=en",
          "-Duser.country=US",
          "-Dfile.encoding=UTF-8",
          "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
          "-Djava.util.concurrent.ForkJoinPool.common.threadFactory="
              + "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory");

  /** Whether clients show certificates is fixed when the server is built. */
  private static final List<String> ASKING_BUILD =
      List.of("build", "--db=dev-file", "--https-client-auth=request");

  private final Path home;
  private final Path programs;
  private final List<String> build;
  private final Path realm;

  private KeycloakDistribution(Path home, Path programs, List<String> build, Path realm) {
    this.home = home;
    this.programs = programs;
    this.build = build;
    this.realm = realm;
  }

  /** The distribution named by the system property {@code keycloak.home}, with {@code realm}. */
  static KeycloakDistribution with(Path realm) {
    String home = System.getProperty("keycloak.home");
    if (home == null || !Files.isDirectory(Path.of(home))) {
      throw new IllegalStateException(
          "the system property keycloak.home names no folder: " + home + "; run the Maven build");
    }
    Path unpacked = Path.of(home).toAbsolutePath();
    KeycloakDistribution distribution = new KeycloakDistribution(unpacked, unpacked, BUILD, realm);
    distribution.prepare();
    return distribution;
  }

  /** The same, built to ask for client certificates where it serves TLS. */
  static KeycloakDistribution askingForCertificates(Path realm) {
    KeycloakDistribution plain = with(realm);
    KeycloakDistribution asking =
        new KeycloakDistribution(plain.home, plain.home.resolve("asking"), ASKING_BUILD, realm);
    asking.prepare();
    return asking;
  }

  /** A home folder for one server: programs shared, data of its own with the realm imported. */
  Path createHome() {
    Path instance = emptyHome();
    copy(template(), instance.resolve("data/h2").resolve(DATABASE));
    return instance;
  }

  /** The command that runs Keycloak in {@code instance} with the archive of loaded classes. */
  List<String> command(Path instance, List<String> arguments) {
    return command(instance, List.of("-XX:SharedArchiveFile=" + archive()), arguments);
  }

  private List<String> command(Path instance, List<String> flags, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(ChildProcess.java());
    command.addAll(JVM_FLAGS);
    command.addAll(flags);
    command.add("-Dkc.home.dir=" + instance);
    command.add("-Djboss.server.config.dir=" + instance.resolve("conf"));
    command.add("-cp");
    command.add(programs.resolve("lib/quarkus-run.jar").toString());
    command.add("io.quarkus.bootstrap.runner.QuarkusEntryPoint");
    command.addAll(arguments);
    return command;
  }

  private void prepare() {
    synchronized (KeycloakDistribution.class) {
      Path lock = home.resolve("prepare.lock");
      try (FileChannel channel =
              FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          var held = channel.lock()) {
        if (held.isValid()) {
          build();
          importRealm();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void build() throws IOException {
    Path built = programs.resolve("built");
    String wanted = String.join(" ", build);
    if (Files.exists(built) && Files.readString(built).equals(wanted)) {
      return;
    }
    if (!programs.equals(home)) {
      sharePrograms();
    }
    Path log = programs.resolve("build.log");
    int status =
        ChildProcess.start(command(programs, List.of(), build), Map.of(), programs, log)
            .await(PREPARE_MAX);
    if (status != 0) {
      throw new IllegalStateException("building Keycloak ended with " + status + ", see " + log);
    }
    Files.writeString(built, wanted);
  }

  /** Everything but what building writes, and but what the rest is found relative to. */
  private void sharePrograms() throws IOException {
    Folders.delete(programs);
    Path lib = Files.createDirectories(programs.resolve("lib"));
    for (String folder : FOLDERS) {
      if (!folder.equals("lib")) {
        Files.createSymbolicLink(programs.resolve(folder), home.resolve(folder));
      }
    }
    Files.createSymbolicLink(lib.resolve("app"), home.resolve("lib/app"));
    copy(home.resolve("lib/quarkus-run.jar"), lib.resolve("quarkus-run.jar"));
    copyFiles(home.resolve("lib/quarkus"), lib.resolve("quarkus"));
    copyFiles(home.resolve("lib/lib/boot"), lib.resolve("lib/boot"));
    Files.createSymbolicLink(lib.resolve("lib/main"), home.resolve("lib/lib/main"));
    Files.createSymbolicLink(lib.resolve("lib/deployment"), home.resolve("lib/lib/deployment"));
  }

  private static void copyFiles(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      files.forEach(file -> copy(file, to.resolve(file.getFileName())));
    }
  }

  /** Starts a server on an empty database, and stops it: what it leaves is what others copy. */
  private void importRealm() throws IOException {
    if (Files.exists(template()) && Files.exists(archive())) {
      return;
    }
    Path instance = emptyHome();
    Path imports = Files.createDirectories(instance.resolve("data/import"));
    copy(realm, imports.resolve("realm.json"));
    Path classes = instance.resolve("classes.jsa");
    KeycloakServer server =
        KeycloakServer.start(
            instance,
            realm,
            arguments ->
                command(
                    instance,
                    List.of("-XX:ArchiveClassesAtExit=" + classes, "-Xlog:aot=error,cds=error"),
                    arguments),
            List.of("--import-realm"),
            PREPARE_MAX);
    server.stop();
    move(classes, archive());
    move(instance.resolve("data/h2").resolve(DATABASE), template());
    server.close();
  }

  private Path emptyHome() {
    Path instance = Folders.create("keycloak-");
    try {
      Files.createDirectories(instance.resolve("data/h2"));
      for (String folder : FOLDERS) {
        Files.createSymbolicLink(instance.resolve(folder), programs.resolve(folder));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return instance;
  }

  private Path template() {
    return home.resolve("realm-" + digest() + ".mv.db");
  }

  private Path archive() {
    return home.resolve("classes-" + System.getProperty("java.vm.version") + ".jsa");
  }

  private String digest() {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(String.join(" ", BUILD).getBytes(StandardCharsets.UTF_8));
      sha256.update(Files.readAllBytes(realm));
      return HexFormat.of().formatHex(sha256.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copy(Path from, Path to) {
    try {
      Files.copy(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
