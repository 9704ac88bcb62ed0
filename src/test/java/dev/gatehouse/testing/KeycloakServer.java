package dev.gatehouse.testing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A real Keycloak on a port of its own of the loopback address, with the realm of {@code
 * deploy/keycloak} and a database of its own.
 *
 * <p>It can be stopped and started again on the same port with the same data, for tests of what
 * happens while it is away.
 */
public final class KeycloakServer implements AutoCloseable {

  private static final int NOT_FOUND = 404;

  /** How long a start may take; a usual one takes about five seconds. */
  public static final Duration START_MAX = Duration.ofMinutes(2);

  private static final String ADMIN = "admin";
  private static final String ADMIN_PASSWORD = "demo-only-admin-password";

  private final int port = Ports.free();
  private final Path home;
  private final Path realm;
  private final UnaryOperator<List<String>> command;
  private final List<String> extraArguments;

  private final Runnable close = this::close;

  /** Where it serves TLS; 0 if it does not. Set before anybody else sees it. */
  private int tlsPort;

  @GuardedBy("this")
  private @Nullable ChildProcess process;

  private KeycloakServer(
      Path home, Path realm, UnaryOperator<List<String>> command, List<String> extraArguments) {
    this.home = home;
    this.realm = realm;
    this.command = command;
    this.extraArguments = extraArguments;
  }

  /** Starts a server with the realm {@code gatehouse} of {@code deploy/keycloak}, and waits. */
  public static KeycloakServer start() {
    Path realm = Folders.project("deploy/keycloak/gatehouse-realm.json");
    KeycloakDistribution distribution = KeycloakDistribution.with(realm);
    Path home = distribution.createHome();
    return start(
        home, realm, arguments -> distribution.command(home, arguments), List.of(), START_MAX);
  }

  /**
   * Starts such a server that serves TLS besides, on {@link #tls}, with a certificate of {@code
   * authority}, and asks clients there for theirs.
   */
  public static KeycloakServer startWithTls(TestAuthority authority) {
    Path realm = Folders.project("deploy/keycloak/gatehouse-realm.json");
    KeycloakDistribution distribution = KeycloakDistribution.askingForCertificates(realm);
    Path home = distribution.createHome();
    Path certificate = home.resolve("certificate.pem");
    Path key = home.resolve("key.pem");
    authority.issue("keycloak").write(certificate, key);
    Path trusted = home.resolve("clients.p12");
    String password = authority.writeTrustStore(trusted);
    int tlsPort = Ports.free();
    KeycloakServer server =
        start(
            home,
            realm,
            arguments -> distribution.command(home, arguments),
            List.of(
                "--https-port=" + tlsPort,
                "--https-certificate-file=" + certificate,
                "--https-certificate-key-file=" + key,
                "--https-trust-store-file=" + trusted,
                "--https-trust-store-password=" + password),
            START_MAX);
    server.tlsPort = tlsPort;
    return server;
  }

  static KeycloakServer start(
      Path home,
      Path realm,
      UnaryOperator<List<String>> command,
      List<String> extraArguments,
      Duration atMost) {
    KeycloakServer server = new KeycloakServer(home, realm, command, extraArguments);
    server.start(atMost);
    StopOrder.add(server.close);
    return server;
  }

  /** The server that all tests of this virtual machine share; it stops when that ends. */
  public static KeycloakServer shared() {
    return Shared.SERVER;
  }

  private static final class Shared {
    static final KeycloakServer SERVER = start();
  }

  /** Where it answers, without a slash at the end. */
  public URI uri() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** The issuer of the realm {@code gatehouse}, as its tokens name it. */
  public URI issuer() {
    return issuer(Realm.NAME);
  }

  /** The issuer of the named realm. */
  public URI issuer(String name) {
    return URI.create(uri() + "/realms/" + name);
  }

  /** The realm {@code gatehouse} over TLS; the issuer's name is the same as without. */
  URI tls() {
    return URI.create("https://localhost:" + tlsPort + "/realms/" + Realm.NAME);
  }

  /**
   * Client credentials grant over mutual TLS (RFC 8705): the token is bound to the certificate of
   * {@code identity} if the service's client is set so.
   */
  public OidcLogin.Tokens service(
      Realm.Service service, TestAuthority authority, TestAuthority.Identity identity) {
    try (HttpClient http = authority.httpClient(identity)) {
      return OidcLogin.clientCredentials(
          http, URI.create(tls() + "/protocol/openid-connect/token"), service);
    }
  }

  /** A client of the realm {@code gatehouse}. */
  public OidcLogin login() {
    return new OidcLogin(issuer());
  }

  /**
   * Imports the realm {@code other} of the tests, whose client has the name and secret of {@link
   * Realm#ORDERS}: an issuer which the gateway does not trust.
   *
   * @return its issuer
   */
  public URI importOtherRealm() {
    // A server that tests share has it already from the first that asked.
    if (admin("GET", "/admin/realms/other", "").statusCode() == NOT_FOUND) {
      post("/admin/realms", resource("other-realm.json"));
    }
    return issuer("other");
  }

  /** Imports the client {@link Realm#NO_AUDIENCE} of the tests into the realm. */
  public void importNoAudience() {
    post("/admin/realms/" + Realm.NAME + "/partialImport", resource("no-audience.json"));
  }

  /** Creates a person of the realm {@code gatehouse}, as JSON of the admin API has it. */
  void createUser(String json) {
    post("/admin/realms/" + Realm.NAME + "/users", json);
  }

  /**
   * Calls Keycloak's admin API as its administrator.
   *
   * @param path beginning with {@code /admin/}
   * @param json the body, empty for none
   */
  public HttpResponse<String> admin(String method, String path, String json) {
    String token =
        new OidcLogin(issuer("master")).password("admin-cli", ADMIN, ADMIN_PASSWORD).accessToken();
    return Http.send(
        Http.request(URI.create(uri() + path))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(json)));
  }

  private void post(String path, String json) {
    HttpResponse<String> response = admin("POST", path, json);
    if (response.statusCode() / 100 != 2) {
      throw new IllegalStateException(
          "POST " + path + " answered " + response.statusCode() + ": " + response.body());
    }
  }

  /** Starts it again after {@link #stop} or {@link #kill}, with the same port and data. */
  public void restart() {
    start(START_MAX);
  }

  private synchronized void start(Duration atMost) {
    if (process != null) {
      throw new IllegalStateException("Keycloak runs already");
    }
    ChildProcess child = ChildProcess.start(command.apply(arguments()), environment(), home, log());
    process = child;
    URI ready = URI.create(issuer() + "/.well-known/openid-configuration");
    boolean answered = Await.until(atMost, () -> !child.alive() || Http.ok(ready));
    if (!answered || !child.alive()) {
      kill();
      throw new IllegalStateException("Keycloak did not start with " + realm + "; " + child.tail());
    }
  }

  private List<String> arguments() {
    List<String> arguments = new ArrayList<>();
    arguments.add("start");
    arguments.add("--optimized");
    arguments.add("--cache=local");
    arguments.add("--http-enabled=true");
    arguments.add("--http-host=127.0.0.1");
    arguments.add("--http-port=" + port);
    arguments.add("--hostname=" + uri());
    arguments.addAll(extraArguments);
    return arguments;
  }

  private static Map<String, String> environment() {
    return Map.of(
        "KC_BOOTSTRAP_ADMIN_USERNAME", ADMIN, "KC_BOOTSTRAP_ADMIN_PASSWORD", ADMIN_PASSWORD);
  }

  private Path log() {
    return home.resolve("keycloak.log");
  }

  /** Stops it; its data stay. Does nothing if it does not run. */
  public synchronized void stop() {
    if (process != null) {
      process.stop();
      process = null;
    }
  }

  /** Kills it at once; its data stay. Does nothing if it does not run. */
  public synchronized void kill() {
    if (process != null) {
      process.kill();
      process = null;
    }
  }

  /** Stops it and deletes its data. */
  @Override
  public void close() {
    stop();
    Folders.delete(home);
    StopOrder.remove(close);
  }

  private static String resource(String name) {
    try (InputStream stream = KeycloakServer.class.getResourceAsStream("/keycloak/" + name)) {
      if (stream == null) {
        throw new IllegalStateException("no resource " + name);
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
