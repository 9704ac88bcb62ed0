package dev.gatehouse.demo.attacks;

import static dev.gatehouse.testing.ModelPublisher.signature;
import static dev.gatehouse.testing.ModelPublisher.tensor;

import com.google.protobuf.Timestamp;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.stubs.admin.v1.ApiKey;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.CreateApiKeyRequest;
import dev.gatehouse.stubs.admin.v1.CreateCallerRequest;
import dev.gatehouse.stubs.admin.v1.CreateGrantRequest;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.admin.v1.Finding;
import dev.gatehouse.stubs.admin.v1.Grant;
import dev.gatehouse.stubs.admin.v1.ListFindingsRequest;
import dev.gatehouse.stubs.admin.v1.ListRestrictionsRequest;
import dev.gatehouse.stubs.admin.v1.OutputPolicy;
import dev.gatehouse.stubs.admin.v1.Restriction;
import dev.gatehouse.stubs.admin.v1.Signature;
import dev.gatehouse.testing.Folders;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.GatewayProcess;
import dev.gatehouse.testing.GatewaySettings;
import dev.gatehouse.testing.HeldTokens;
import dev.gatehouse.testing.KeycloakServer;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.SharedGateway;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A packaged gateway on a database of its own with three models in service, and its people. */
final class Stage implements AutoCloseable {

  /** The model that thieves are after. */
  static final String DIGITS = "digits";

  /** A model that fails on negative inputs. */
  static final String PICKY = "picky";

  /** A model that works as long as its input says. */
  static final String SLOW = "slow";

  private static final Signature DIGITS_SIGNATURE =
      signature(
          List.of(tensor("pixels", "FP32", -1, 64)), List.of(tensor("logits", "FP32", -1, 10)));

  private static final long SECONDS_VALID = 7_200;
  private static final int PAGE_MAX = 500;

  private final GatewayProcess gateway;
  private final GatewayClient client;
  private final HeldTokens tokens;

  private Stage(GatewayProcess gateway, HeldTokens tokens) {
    this.gateway = gateway;
    this.client = new GatewayClient(gateway.grpcPort());
    this.tokens = tokens;
  }

  /**
   * Starts the gateway, registers its people and publishes the models.
   *
   * @param mode {@code gatehouse.abuse.response.mode}
   */
  static Stage open(
      KeycloakServer keycloak, HeldTokens tokens, PostgresServer postgres, String mode) {
    Path references = Folders.create("references-");
    Rows.writeReference(references.resolve(DIGITS + ".csv"));
    Map<String, String> settings =
        new HashMap<>(GatewaySettings.of(postgres.createDatabase(), keycloak));
    settings.put("gatehouse.engine.devices", "cpu");
    settings.put("gatehouse.abuse.references", references.toString());
    settings.put("gatehouse.abuse.response.mode", mode);
    Stage stage = new Stage(GatewayProcess.start(settings), tokens);
    stage.publish();
    return stage;
  }

  private void publish() {
    var ada = tokens.of(Realm.ADA);
    SharedGateway.register(client, ada, Realm.PAUL, "vision", Caller.Role.ROLE_PUBLISHER);
    SharedGateway.register(client, ada, Realm.AUDREY, "audit", Caller.Role.ROLE_AUDITOR);
    publish(DIGITS, "deploy/sample/digits_cnn.pt", DIGITS_SIGNATURE);
    publish(PICKY, "src/test/resources/models/picky.pt", SampleModels.identity("FP32"));
    publish(SLOW, "src/test/resources/models/slow.pt", SampleModels.SLOW);
  }

  private void publish(String model, String file, Signature signature) {
    ModelPublisher publisher = new ModelPublisher(client, tokens.of(Realm.PAUL));
    publisher.createModel(model, model);
    publisher.upload(model, "1", Folders.project(file), signature);
    publisher.deploy("models/" + model + "/versions/1", Deployment.getDefaultInstance());
  }

  /**
   * Registers a caller with an API key, and grants it the models.
   *
   * @param policies what it gets of the outputs of {@link #DIGITS}; none for everything
   */
  Account account(String id, String team, OutputPolicy... policies) {
    var ada = tokens.of(Realm.ADA);
    Caller wish =
        Caller.newBuilder()
            .setTeam(team)
            .setKind(Caller.Kind.KIND_SERVICE)
            .addRoles(Caller.Role.ROLE_CALLER)
            .build();
    Caller caller =
        client
            .callers(ada)
            .createCaller(CreateCallerRequest.newBuilder().setCallerId(id).setCaller(wish).build());
    ApiKey key =
        client
            .apiKeys(ada)
            .createApiKey(
                CreateApiKeyRequest.newBuilder()
                    .setParent(caller.getName())
                    .setApiKey(ApiKey.newBuilder().setExpireTime(end()))
                    .build());
    grant(DIGITS, caller, policies);
    grant(PICKY, caller);
    grant(SLOW, caller);
    return new Account(id, key.getKey(), gateway.grpcPort());
  }

  private void grant(String model, Caller caller, OutputPolicy... policies) {
    Grant grant =
        Grant.newBuilder()
            .setCaller(caller.getName())
            .addActions(Grant.Action.ACTION_INFER)
            .setExpireTime(end())
            .addAllOutputPolicies(List.of(policies))
            .build();
    var unused =
        client
            .grants(tokens.of(Realm.PAUL))
            .createGrant(
                CreateGrantRequest.newBuilder()
                    .setParent("models/" + model)
                    .setGrant(grant)
                    .build());
  }

  private static Timestamp end() {
    return Timestamp.newBuilder()
        .setSeconds(SystemTime.wall().instant().getEpochSecond() + SECONDS_VALID)
        .build();
  }

  /** The latest findings, as an auditor lists them. */
  List<Finding> findings() {
    return client
        .abuse(tokens.of(Realm.AUDREY))
        .listFindings(ListFindingsRequest.newBuilder().setPageSize(PAGE_MAX).build())
        .getFindingsList();
  }

  /** The latest restrictions, ended ones included. */
  List<Restriction> restrictions() {
    return client
        .abuse(tokens.of(Realm.AUDREY))
        .listRestrictions(ListRestrictionsRequest.newBuilder().setPageSize(PAGE_MAX).build())
        .getRestrictionsList();
  }

  /** Its process. */
  GatewayProcess gateway() {
    return gateway;
  }

  /** Stops the gateway. */
  @Override
  public void close() {
    client.close();
    gateway.close();
  }
}
