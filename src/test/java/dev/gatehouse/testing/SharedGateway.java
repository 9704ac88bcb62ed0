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

  /** A publisher that is allowed to act without people; its tokens are bound to nothing. */
  public static final Realm.Service AUTOMAT = service("automat", 38);

  /** A publisher whose tokens Keycloak gives over mutual TLS only, bound to the certificate. */
  public static final Realm.Service BOUND_AUTOMAT = service("bound-automat", 39);

  /** The bound on the heap that everything must stay below. */
  public static final String HEAP = "-Xmx384m";

  private final PostgresServer.Database database;
  private final Path keysFile;
  private final GatewayProcess process;
  private final GatewayClient client;
  private final KeycloakServer keycloak;
  private final HeldTokens tokens;

  private SharedGateway() {
    keycloak = KeycloakServer.shared();
    importMoreCallers(keycloak);
    tokens = HeldTokens.shared();
    database = PostgresServer.shared().createDatabase();
    Map<String, String> settings = new HashMap<>(GatewaySettings.of(database, keycloak));
    settings.put("gatehouse.server.inbound-bytes-max", "128M");
    settings.put("gatehouse.server.resets-max", "10000");
    settings.put("gatehouse.audit.segment-age-max", "1S");
    keysFile = Path.of(settings.getOrDefault("gatehouse.keys.file", ""));
    process = GatewayProcess.start(settings, HEAP);
    client = new GatewayClient(process.grpcPort());
    register();
    SampleModels.publish(publisher());
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
    OidcLogin.Tokens ada = administrator();
    register(client, ada, Realm.PAUL, "vision", Caller.Role.ROLE_PUBLISHER);
    register(client, ada, PIPELINE, "vision", Caller.Role.ROLE_PUBLISHER);
    register(client, ada, Realm.AUDREY, "audit", Caller.Role.ROLE_AUDITOR);
    register(client, ada, Realm.ROSA, "operations", Caller.Role.ROLE_RESPONDER);
    registerAutomat(client, ada, AUTOMAT, false);
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
    Caller.Builder caller = Caller.newBuilder().setKind(Caller.Kind.KIND_SERVICE);
    caller.setSubject(service.subject()).setTeam(team).addRoles(role);
    return register(client, administrator, service.clientId(), caller);
  }

  /**
   * Registers a publisher of team {@code vision} that may act without people.
   *
   * @param bound whether only tokens bound to a certificate count
   */
  public static Caller registerAutomat(
      GatewayClient client, OidcLogin.Tokens administrator, Realm.Service service, boolean bound) {
    Caller.Builder caller = Caller.newBuilder().setKind(Caller.Kind.KIND_SERVICE);
    caller.setSubject(service.subject()).setTeam("vision").addRoles(Caller.Role.ROLE_PUBLISHER);
    caller.setAutomationAllowed(true).setCertificateBoundRequired(bound);
    return register(client, administrator, service.clientId(), caller);
  }

  /** Registers a person under the name to log in with. */
  public static Caller register(
      GatewayClient client,
      OidcLogin.Tokens administrator,
      Realm.Person person,
      String team,
      Caller.Role role) {
    Caller.Builder caller = Caller.newBuilder().setKind(Caller.Kind.KIND_PERSON);
    caller.setSubject(person.subject()).setTeam(team).addRoles(role);
    return register(client, administrator, person.username(), caller);
  }

  private static Caller register(
      GatewayClient client, OidcLogin.Tokens administrator, String id, Caller.Builder caller) {
    return client
        .callers(administrator)
        .createCaller(CreateCallerRequest.newBuilder().setCallerId(id).setCaller(caller).build());
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
    return tokens.of(service);
  }

  /** A token of {@code person}, who logged in with a one-time code; the same while it lasts. */
  public OidcLogin.Tokens tokens(Realm.Person person) {
    return tokens.of(person);
  }

  /** A token of {@link Realm#ADA}, an administrator. */
  public OidcLogin.Tokens administrator() {
    return tokens.of(Realm.ADA);
  }

  /**
   * The publishers of team {@code vision}: {@link #PIPELINE} brings models, and {@link Realm#PAUL}
   * grants, which takes a person.
   */
  public ModelPublisher publisher() {
    return new ModelPublisher(client, () -> tokens(PIPELINE), () -> tokens(Realm.PAUL));
  }

  /** Every token that was handed out here. */
  public List<OidcLogin.Tokens> allTokens() {
    return tokens.all();
  }

  /** What its log holds now. */
  public String log() {
    return read(process.log());
  }

  /** The file of its keys. */
  public Path keysFile() {
    return keysFile;
  }

  /** The uses and calls that its journal holds on disk. */
  public RecordedEntries recorded() {
    return RecordedEntries.of(process.folder().resolve("gatehouse-data/audit"));
  }

  /** The changes that its control log holds. */
  public RecordedChanges changes() {
    return RecordedChanges.of(database);
  }

  /** Both as text, for what must not be in them. */
  public String audit() {
    return recorded().text() + changes().text();
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
