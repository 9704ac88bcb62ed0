package dev.gatehouse.testing;

import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.CreateCallerRequest;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.admin.v1.Signature;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The one packaged gateway that the integration tests of the edge share, with a small heap, people
 * and services registered, and the sample models published and granted to {@link Realm#ORDERS} and
 * {@link Realm#RETURNS}. Nobody may stop it or leave it changed in a way that others can see.
 */
public final class SharedGateway {

  /** A publisher of team {@code vision}, which owns the models. */
  public static final Realm.Service PIPELINE = service("pipeline", 31);

  /** A publisher of team {@code rivals}. */
  public static final Realm.Service RIVAL = service("rival-pipeline", 32);

  /** Has the role {@code caller} in its token, and is not registered. */
  public static final Realm.Service UNREGISTERED = service("unregistered", 33);

  /** Registered as a publisher, with a token that names the role {@code caller} alone. */
  public static final Realm.Service ROLELESS = service("roleless", 34);

  /** Registered as a caller, with a token that names publisher too. */
  public static final Realm.Service DEMOTED = service("demoted", 35);

  /** Registered as a caller, to be suspended. */
  public static final Realm.Service SUSPECT = service("suspect", 36);

  /** Has tokens of a few seconds; registered by the test that wants it. */
  public static final Realm.Service SHORT_LIVED = service("short-lived", 37);

  /** The bound on the heap that everything must stay below. */
  public static final String HEAP = "-Xmx384m";

  private final GatewayProcess process;
  private final GatewayClient client;
  private final KeycloakServer keycloak;
  private final Map<String, OidcLogin.Tokens> tokens = new ConcurrentHashMap<>();

  private SharedGateway() {
    keycloak = KeycloakServer.shared();
    importMoreCallers(keycloak);
    Map<String, String> settings =
        new HashMap<>(GatewaySettings.of(PostgresServer.shared().createDatabase(), keycloak));
    settings.put("gatehouse.server.inbound-bytes-max", "128M");
    settings.put("gatehouse.server.resets-max", "10000");
    process = GatewayProcess.start(settings, HEAP);
    client = new GatewayClient(process.grpcPort());
    register();
    SampleModels.publish(new ModelPublisher(client, tokens(PIPELINE)));
  }

  /** The gateway, started by the first who asks. */
  public static SharedGateway get() {
    return Holder.GATEWAY;
  }

  private static final class Holder {
    static final SharedGateway GATEWAY = new SharedGateway();
  }

  private static Realm.Service service(String clientId, int number) {
    return new Realm.Service(
        clientId,
        "demo-only-" + clientId + "-secret",
        "5e000000-0000-4000-8000-0000000000" + number);
  }

  /** Imports the services named here into the realm; done again it changes nothing. */
  public static void importMoreCallers(KeycloakServer keycloak) {
    HttpResponse<String> response =
        keycloak.admin(
            "POST", "/admin/realms/" + Realm.NAME + "/partialImport", text("more-callers.json"));
    if (response.statusCode() / 100 != 2) {
      throw new IllegalStateException(response.statusCode() + ": " + response.body());
    }
  }

  private static String text(String name) {
    try (InputStream stream = SharedGateway.class.getResourceAsStream("/keycloak/" + name)) {
      if (stream == null) {
        throw new IllegalStateException("no resource " + name);
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void register() {
    OidcLogin.Tokens ada = keycloak.login().person(Realm.ADA);
    tokens.put("ada", ada);
    register(client, ada, PIPELINE, "vision", Caller.Role.ROLE_PUBLISHER);
    register(client, ada, RIVAL, "rivals", Caller.Role.ROLE_PUBLISHER);
    register(client, ada, ROLELESS, "vision", Caller.Role.ROLE_PUBLISHER);
    for (Realm.Service service :
        List.of(Realm.ORDERS, Realm.RETURNS, Realm.STRANGER, DEMOTED, SUSPECT)) {
      register(client, ada, service, "shop", Caller.Role.ROLE_CALLER);
    }
  }

  /** Registers a service under its client id. */
  public static Caller register(
      GatewayClient client,
      OidcLogin.Tokens administrator,
      Realm.Service service,
      String team,
      Caller.Role role) {
    return client
        .callers(administrator)
        .createCaller(
            CreateCallerRequest.newBuilder()
                .setCallerId(service.clientId())
                .setCaller(
                    Caller.newBuilder()
                        .setTeam(team)
                        .setKind(Caller.Kind.KIND_SERVICE)
                        .setSubject(service.subject())
                        .addRoles(role))
                .build());
  }

  /**
   * Uploads and deploys a model and grants it to {@link Realm#ORDERS} and {@link Realm#RETURNS}.
   */
  static void publish(
      ModelPublisher publisher, String model, String file, Signature signature, Deployment wish) {
    var unused = publisher.createModel(model, model);
    publisher.upload(model, "1", sample(file), signature);
    publisher.deploy("models/" + model + "/versions/1", wish);
    for (Realm.Service service : List.of(Realm.ORDERS, Realm.RETURNS)) {
      publisher.grantInfer(model, service.clientId());
    }
  }

  /** A sample model of the engine's tests. */
  public static Path sample(String file) {
    return Folders.project("src/test/resources/models/" + file);
  }

  /** Its process. */
  public GatewayProcess process() {
    return process;
  }

  /** A connection that all may use. */
  public GatewayClient client() {
    return client;
  }

  /** Where tokens come from. */
  public KeycloakServer keycloak() {
    return keycloak;
  }

  /** A token of {@code service}; the same one again while it lasts. */
  public OidcLogin.Tokens tokens(Realm.Service service) {
    return tokens.compute(
        service.clientId(), (id, known) -> known != null && fresh(known) ? known : login(service));
  }

  private OidcLogin.Tokens login(Realm.Service service) {
    return keycloak.login().service(service);
  }

  /** A token of {@link Realm#ADA}, an administrator. */
  public OidcLogin.Tokens administrator() {
    return tokens.compute(
        "ada",
        (id, known) -> known != null && fresh(known) ? known : keycloak.login().person(Realm.ADA));
  }

  private static boolean fresh(OidcLogin.Tokens known) {
    long left =
        known.claims().path("exp").asLong()
            - dev.gatehouse.core.SystemTime.wall().instant().getEpochSecond();
    return left > 60;
  }

  /** Every token that was handed out here. */
  public List<OidcLogin.Tokens> allTokens() {
    return List.copyOf(tokens.values());
  }

  /** What its log holds now. */
  public String log() {
    return read(process.log());
  }

  /** What its audit record holds now. */
  public String audit() {
    return read(process.folder().resolve("gatehouse-data/audit.jsonl"));
  }

  /** The folder of its model files. */
  public Path artifacts() {
    return process.folder().resolve("gatehouse-data/artifacts");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
