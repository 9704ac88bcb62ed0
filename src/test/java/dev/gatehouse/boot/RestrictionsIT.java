package dev.gatehouse.boot;

import static dev.gatehouse.boot.OwnReplicas.awaitAgreement;
import static dev.gatehouse.boot.OwnReplicas.refusal;
import static dev.gatehouse.testing.Infer.addSub;
import static dev.gatehouse.testing.Infer.floatsOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import com.google.rpc.QuotaFailure;
import com.google.rpc.RetryInfo;
import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.ApiKey;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.CreateApiKeyRequest;
import dev.gatehouse.stubs.admin.v1.CreateCallerRequest;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.admin.v1.GetCallerRequest;
import dev.gatehouse.stubs.admin.v1.GetRestrictionRequest;
import dev.gatehouse.stubs.admin.v1.ListRestrictionsRequest;
import dev.gatehouse.stubs.admin.v1.ReleaseCallerRequest;
import dev.gatehouse.stubs.admin.v1.RestrictCallerRequest;
import dev.gatehouse.stubs.admin.v1.Restriction;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import dev.gatehouse.stubs.inference.ModelStreamInferResponse;
import dev.gatehouse.stubs.inference.ServerMetadataRequest;
import dev.gatehouse.testing.HeldTokens;
import dev.gatehouse.testing.InferStream;
import dev.gatehouse.testing.KeycloakServer;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.PrometheusText;
import dev.gatehouse.testing.RawCalls;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.MetadataUtils;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What callers are held to on one replica they are held to on the other. Snapshots are read again
 * on their own so seldom that nothing but the room of changes can be what brought it.
 */
final class RestrictionsIT {

  private static final String ORDERS = "callers/" + Realm.ORDERS.clientId();

  /** Has an API key and no client at the identity provider. */
  private static final String KEY_CLIENT = "key-client";

  /** Those of the model {@code dictionary}. */
  private static final List<String> OUTPUTS = List.of("logits", "probabilities");

  /** So often a caller asks that is to be refused for its rate; each takes a whole burst. */
  private static final int TRIES_MAX = 50;

  @SuppressWarnings("NullAway.Init") // set before any test
  private static PostgresServer postgres;

  @SuppressWarnings("NullAway.Init") // set before any test
  private static OwnReplicas replicas;

  /** May stop callers; by a password alone. */
  @SuppressWarnings("NullAway.Init") // set before any test
  private static OidcLogin.Tokens rosaByPassword;

  @BeforeAll
  static void start() {
    postgres = PostgresServer.start();
    replicas =
        OwnReplicas.start(
            postgres,
            2,
            Map.of(
                "gatehouse.access.snapshot-refresh", "5M",
                "gatehouse.access.snapshot-age-max", "30M",
                "gatehouse.abuse.throttle-rows-per-second", "1"));
    var unused =
        SharedGateway.register(
            replicas.client(0),
            replicas.administrator(),
            Realm.ROSA,
            "security",
            Caller.Role.ROLE_RESPONDER);
    rosaByPassword = KeycloakServer.shared().login().personByPassword(Realm.ROSA);
    ModelPublisher publisher = replicas.publisher(0);
    publish(publisher, "add-sub", "add_sub.pt", SampleModels.ADD_SUB);
    publish(publisher, "dictionary", "dict_output.pt", SampleModels.DICTIONARY);
    awaitAgreement("granted", () -> both(""));
  }

  private static void publish(
      ModelPublisher publisher,
      String model,
      String file,
      dev.gatehouse.stubs.admin.v1.Signature signature) {
    var unused = publisher.createModel(model, model);
    publisher.upload(model, "1", SharedGateway.sample(file), signature);
    publisher.deploy("models/" + model + "/versions/1", Deployment.getDefaultInstance());
    var ignored = publisher.grantInfer(model, Realm.ORDERS.clientId());
  }

  @AfterAll
  static void stop() {
    replicas.close();
    postgres.close();
  }

  private static String call(int replica) {
    return refusal(() -> addSubOn(replica));
  }

  private static void addSubOn(int replica) {
    var unused =
        replicas.client(replica).inference(replicas.orders()).modelInfer(addSub(1, 2).build());
  }

  private static boolean both(String expected) {
    return call(0).equals(expected) && call(1).equals(expected);
  }

  private static RestrictCallerRequest.Builder wanted(String caller, Restriction.Level level) {
    return RestrictCallerRequest.newBuilder()
        .setCaller(caller)
        .setLevel(level)
        .setReason("as the test wants it");
  }

  private static Restriction restrict(int replica, RestrictCallerRequest.Builder wanted) {
    return replicas.client(replica).abuse(rosaByPassword).restrictCaller(wanted.build());
  }

  private static Restriction release(int replica, Restriction restriction) {
    return replicas
        .client(replica)
        .abuse(HeldTokens.shared().of(Realm.ROSA))
        .releaseCaller(
            ReleaseCallerRequest.newBuilder().setRestriction(restriction.getName()).build());
  }

  private static double refusedCalls(int replica, String caller) {
    return new PrometheusText(replicas.process(replica).metrics())
        .sum(
            "gatehouse_caller_requests_total",
            Map.of("caller", caller, "outcome", "CALLER_QUARANTINED"));
  }

  private static InferStream stream(int replica) {
    InferStream stream =
        InferStream.open(
            replicas.client(replica).channel(), RawCalls.headers(replicas.orders()), 10);
    stream.send(addSub(1, 2).build());
    assertEquals("", stream.awaitAnswers(1).getFirst().getErrorMessage());
    return stream;
  }

  @Test
  void quarantine_byOneReplica_refusesEverythingAndCutsStreamsOnBothUntilReleased() {
    InferStream stream = stream(1);
    RestrictCallerRequest.Builder wanted =
        wanted(ORDERS, Restriction.Level.LEVEL_QUARANTINED).setRequestId("quarantine-1");
    Restriction made = restrict(0, wanted);
    assertEquals("callers/rosa", made.getCreator());
    assertEquals(made, restrict(1, wanted), "the same request");
    awaitAgreement("quarantined, stream of the other cut", stream::ended);
    Refused.is(Status.Code.PERMISSION_DENIED, Reason.CALLER_QUARANTINED, stream.awaitEnd());
    awaitAgreement("quarantined, calls refused", () -> both("CALLER_QUARANTINED"));
    for (int replica = 0; replica < 2; replica++) {
      int one = replica;
      OidcLogin.Tokens orders = replicas.orders();
      assertQuarantined(
          () ->
              replicas
                  .client(one)
                  .inference(orders)
                  .serverMetadata(ServerMetadataRequest.getDefaultInstance()));
      assertQuarantined(
          () ->
              replicas
                  .client(one)
                  .inference(orders)
                  .modelInfer(addSub(1, 2).setModelName("nothing").build()));
      assertQuarantined(
          () ->
              replicas
                  .client(one)
                  .callers(orders)
                  .getCaller(GetCallerRequest.newBuilder().setName(ORDERS).build()));
      assertTrue(refusedCalls(one, Realm.ORDERS.clientId()) > 0, "counted under the caller");
      assertEquals(0, refusedCalls(one, "unregistered"));
    }
    ReleaseCallerRequest release =
        ReleaseCallerRequest.newBuilder().setRestriction(made.getName()).build();
    Refused.with(
        Status.Code.UNAUTHENTICATED,
        Reason.STEP_UP_REQUIRED,
        () -> replicas.client(0).abuse(rosaByPassword).releaseCaller(release));
    assertTrue(both("CALLER_QUARANTINED"));
    Restriction released = release(1, made);
    assertTrue(released.hasReleaseTime());
    assertEquals("callers/rosa", released.getReleaser());
    awaitAgreement("released", () -> both(""));
    Refused.with(Status.Code.FAILED_PRECONDITION, Reason.STATE_INVALID, () -> release(0, made));
    assertEquals(
        released,
        replicas
            .client(0)
            .abuse(rosaByPassword)
            .getRestriction(GetRestrictionRequest.newBuilder().setName(made.getName()).build()));
    assertTrue(listed(false).contains(released));
    assertFalse(listed(true).contains(released));
  }

  private static void assertQuarantined(org.junit.jupiter.api.function.Executable call) {
    Refused.with(Status.Code.PERMISSION_DENIED, Reason.CALLER_QUARANTINED, call);
  }

  private static List<Restriction> listed(boolean active) {
    return replicas
        .client(1)
        .abuse(rosaByPassword)
        .listRestrictions(
            ListRestrictionsRequest.newBuilder().setCaller(ORDERS).setActive(active).build())
        .getRestrictionsList();
  }

  @Test
  void quarantine_ofACallerWithAnApiKey_refusesTheKeyOnBoth() {
    String caller = "callers/" + KEY_CLIENT;
    Caller wish =
        Caller.newBuilder()
            .setTeam("shop")
            .setKind(Caller.Kind.KIND_PARTNER)
            .addRoles(Caller.Role.ROLE_CALLER)
            .build();
    OidcLogin.Tokens ada = replicas.administrator();
    var unused =
        replicas
            .client(0)
            .callers(ada)
            .createCaller(
                CreateCallerRequest.newBuilder().setCallerId(KEY_CLIENT).setCaller(wish).build());
    Timestamp end = replicas.publisher(0).grantInfer("add-sub", KEY_CLIENT).getExpireTime();
    ApiKey key =
        replicas
            .client(0)
            .apiKeys(ada)
            .createApiKey(
                CreateApiKeyRequest.newBuilder()
                    .setParent(caller)
                    .setApiKey(ApiKey.newBuilder().setExpireTime(end))
                    .build());
    awaitAgreement("the key is known", () -> bothWithKey(key, ""));
    Restriction made = restrict(0, wanted(caller, Restriction.Level.LEVEL_QUARANTINED));
    awaitAgreement("quarantined, key refused", () -> bothWithKey(key, "CALLER_QUARANTINED"));
    assertTrue(both(""), "nobody else is refused");
    Restriction ignored = release(1, made);
    awaitAgreement("released", () -> bothWithKey(key, ""));
  }

  private static boolean bothWithKey(ApiKey key, String expected) {
    return callWithKey(0, key).equals(expected) && callWithKey(1, key).equals(expected);
  }

  private static String callWithKey(int replica, ApiKey key) {
    return refusal(
        () -> {
          var unused =
              replicas
                  .client(replica)
                  .inference()
                  .withInterceptors(
                      MetadataUtils.newAttachHeadersInterceptor(
                          RawCalls.headers("Bearer " + key.getKey())))
                  .modelInfer(addSub(1, 2).build());
        });
  }

  @Test
  void quarantine_thatEnds_letsInWithoutAnyChange() {
    Restriction made =
        restrict(
            0,
            wanted(ORDERS, Restriction.Level.LEVEL_QUARANTINED)
                .setDuration(Duration.newBuilder().setSeconds(5)));
    assertEquals(
        made.getCreateTime().getSeconds() + 5, made.getExpireTime().getSeconds(), made.toString());
    String counted = replicas.query("select revision from access_revision");
    awaitAgreement("ended by itself", () -> both(""));
    assertEquals(counted, replicas.query("select revision from access_revision"));
    Refused.with(Status.Code.FAILED_PRECONDITION, Reason.STATE_INVALID, () -> release(0, made));
  }

  @Test
  void degraded_byOneReplica_givesLabelsOnTheOtherAndRefusesWhatHasNone() {
    InferStream stream = stream(1);
    List<Float> before = probabilities();
    assertScores(before);
    for (String output : OUTPUTS) {
      assertScores(asked(stream, output));
    }
    Restriction made = restrict(0, wanted(ORDERS, Restriction.Level.LEVEL_DEGRADED));
    // The one that made it is asked last: it takes a row for each time.
    awaitAgreement(
        "degraded: what has no label is refused",
        () -> call(1).equals("STATE_INVALID") && call(0).equals("STATE_INVALID"));
    assertLabels(probabilities());
    for (String output : OUTPUTS) {
      assertLabels(asked(stream, output));
    }
    assertFalse(stream.ended(), "a stream of a degraded caller stays");
    stream.cancel();
    Restriction unused = release(1, made);
    awaitAgreement("released", () -> both(""));
    assertEquals(before, probabilities());
  }

  private static void assertScores(List<Float> scores) {
    assertTrue(scores.stream().anyMatch(score -> score != 0 && score != 1), scores.toString());
  }

  /** Of two rows. */
  private static void assertLabels(List<Float> labels) {
    assertTrue(labels.stream().allMatch(score -> score == 0 || score == 1), labels.toString());
    assertEquals(2, labels.stream().filter(score -> score == 1).count(), "one a row");
  }

  /** What a stream answers to a call of two rows that wants this output alone. */
  private static List<Float> asked(InferStream stream, String output) {
    int answered = stream.answers().size();
    stream.send(
        GrantedGateway.dictionary(2).toBuilder()
            .addOutputs(ModelInferRequest.InferRequestedOutputTensor.newBuilder().setName(output))
            .build());
    ModelStreamInferResponse answer = stream.awaitAnswers(answered + 1).getLast();
    assertEquals("", answer.getErrorMessage());
    ModelInferResponse response = answer.getInferResponse();
    assertEquals(1, response.getOutputsCount());
    assertEquals(output, response.getOutputs(0).getName());
    return floatsOf(response, 0);
  }

  private static List<Float> probabilities() {
    ModelInferResponse response =
        replicas.client(1).inference(replicas.orders()).modelInfer(GrantedGateway.dictionary(2));
    return floatsOf(response, 1);
  }

  @Test
  void throttled_moreRowsThanItMaySend_areRefusedOnCallsAndStreams() throws Exception {
    InferStream stream = stream(1);
    Restriction made = restrict(0, wanted(ORDERS, Restriction.Level.LEVEL_THROTTLED));
    StatusRuntimeException refusal = exhausted();
    assertEquals(ORDERS, detail(refusal, QuotaFailure.class).getViolations(0).getSubject());
    assertTrue(detail(refusal, RetryInfo.class).getRetryDelay().getSeconds() >= 0);
    String message = "";
    for (int i = 0; i < TRIES_MAX && message.isEmpty(); i++) {
      stream.send(GrantedGateway.dictionary(10));
      message = stream.awaitAnswers(i + 2).getLast().getErrorMessage();
      stream.read(1);
    }
    assertTrue(message.contains("throttled"), message);
    assertFalse(stream.ended(), "a stream of a throttled caller stays");
    assertEquals("QUOTA_EXHAUSTED", readUntilRefused(), "what only asks is slowed as well");
    stream.cancel();
    Restriction unused = release(1, made);
    awaitAgreement(
        "released",
        () -> replicas.metric(1, "gatehouse_access_snapshot_age_seconds") < 20 && both(""));
  }

  private static String readUntilRefused() {
    String refused = "";
    for (int i = 0; i < TRIES_MAX && refused.isEmpty(); i++) {
      refused =
          refusal(
              () -> {
                var unused =
                    replicas
                        .client(1)
                        .inference(replicas.orders())
                        .serverMetadata(ServerMetadataRequest.getDefaultInstance());
              });
    }
    return refused;
  }

  /** A call of a whole burst, until there is none left. */
  private static StatusRuntimeException exhausted() {
    for (int i = 0; i < TRIES_MAX; i++) {
      try {
        var unused =
            replicas
                .client(1)
                .inference(replicas.orders())
                .modelInfer(GrantedGateway.dictionary(10));
      } catch (StatusRuntimeException e) {
        return Refused.is(Status.Code.RESOURCE_EXHAUSTED, Reason.QUOTA_EXHAUSTED, e);
      }
    }
    throw new AssertionError("nothing was refused");
  }

  private static <M extends com.google.protobuf.Message> M detail(
      StatusRuntimeException refusal, Class<M> type) throws InvalidProtocolBufferException {
    com.google.rpc.Status status = StatusProto.fromThrowable(refusal);
    for (Any detail : status.getDetailsList()) {
      if (detail.is(type)) {
        return detail.unpack(type);
      }
    }
    throw new AssertionError("no " + type + " in " + status);
  }

  @Test
  void restrict_badOrTheLastAdministrator_isRefused() {
    Refused.with(
        Status.Code.FAILED_PRECONDITION,
        Reason.STATE_INVALID,
        () -> restrict(0, wanted("callers/administrator-1", Restriction.Level.LEVEL_QUARANTINED)));
    Refused.with(
        Status.Code.NOT_FOUND,
        Reason.NOT_FOUND,
        () -> restrict(0, wanted("callers/nobody", Restriction.Level.LEVEL_THROTTLED)));
    for (RestrictCallerRequest.Builder bad :
        List.of(
            wanted(ORDERS, Restriction.Level.LEVEL_UNSPECIFIED),
            wanted("orders", Restriction.Level.LEVEL_THROTTLED),
            wanted(ORDERS, Restriction.Level.LEVEL_THROTTLED).clearReason(),
            wanted(ORDERS, Restriction.Level.LEVEL_THROTTLED).setFinding("7"),
            wanted(ORDERS, Restriction.Level.LEVEL_THROTTLED).setDisableClient(true),
            wanted(ORDERS, Restriction.Level.LEVEL_THROTTLED)
                .setDuration(Duration.newBuilder().setSeconds(30 * 24 * 3600 + 1)))) {
      Refused.with(Status.Code.INVALID_ARGUMENT, Reason.ARGUMENT_INVALID, () -> restrict(0, bad));
    }
    Refused.with(
        Status.Code.FAILED_PRECONDITION,
        Reason.STATE_INVALID,
        () ->
            restrict(
                0, wanted(ORDERS, Restriction.Level.LEVEL_QUARANTINED).setDisableClient(true)));
    assertTrue(both(""));
  }
}
