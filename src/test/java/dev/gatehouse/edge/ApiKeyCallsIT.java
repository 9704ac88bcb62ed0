package dev.gatehouse.edge;

import static dev.gatehouse.testing.Infer.addSub;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.stubs.admin.v1.ApiKey;
import dev.gatehouse.stubs.admin.v1.ApiKeysServiceGrpc.ApiKeysServiceBlockingStub;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.CreateApiKeyRequest;
import dev.gatehouse.stubs.admin.v1.CreateCallerRequest;
import dev.gatehouse.stubs.admin.v1.GetApiKeyRequest;
import dev.gatehouse.stubs.admin.v1.ListApiKeysRequest;
import dev.gatehouse.stubs.admin.v1.ListApiKeysResponse;
import dev.gatehouse.stubs.admin.v1.RevokeApiKeyRequest;
import dev.gatehouse.stubs.admin.v1.RotateApiKeyRequest;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.InferStream;
import dev.gatehouse.testing.RawCalls;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.Metadata;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** API keys as those who administer and those who use them see them, at the packaged gateway. */
final class ApiKeyCallsIT {

  private static final String INFER = "inference.GRPCInferenceService/ModelInfer";
  private static final String CALLER = "callers/key-client";
  private static final java.time.Duration WAIT_MAX = java.time.Duration.ofSeconds(60);

  private static SharedGateway gateway;

  /** What was presented or handed out and must be found nowhere afterwards. */
  private static final Set<String> KEYS = new HashSet<>();

  @BeforeAll
  static void start() {
    gateway = SharedGateway.get();
    Caller unused =
        gateway
            .client()
            .callers(gateway.administrator())
            .createCaller(
                CreateCallerRequest.newBuilder()
                    .setCallerId("key-client")
                    .setCaller(
                        Caller.newBuilder()
                            .setTeam("shop")
                            .setKind(Caller.Kind.KIND_PARTNER)
                            .addRoles(Caller.Role.ROLE_CALLER)
                            .addRoles(Caller.Role.ROLE_ADMINISTRATOR))
                    .build());
    var granted = gateway.publisher().grantInfer("add-sub", "key-client");
    assertTrue(granted.getName().startsWith("models/add-sub/grants/"));
  }

  @AfterAll
  static void keys_presentedOrMade_areNowhere() {
    String log = gateway.log();
    String audit = gateway.audit();
    String metrics = gateway.process().metrics();
    assertTrue(audit.contains("apiKeys.create"), "what was looked at is the right record");
    for (String key : KEYS) {
      String secret = key.substring(Math.max(0, key.length() - 40));
      for (String part : List.of(key, secret)) {
        assertFalse(log.contains(part), "in the log");
        assertFalse(audit.contains(part), "in the audit record");
        assertFalse(metrics.contains(part), "in the metrics");
      }
    }
  }

  private static ApiKeysServiceBlockingStub administrator() {
    return gateway.client().apiKeys(gateway.administrator());
  }

  private static Timestamp in(java.time.Duration time) {
    Instant instant = SystemTime.wall().instant().plus(time);
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }

  private static ApiKey create(java.time.Duration lifetime) {
    ApiKey made =
        administrator()
            .createApiKey(
                CreateApiKeyRequest.newBuilder()
                    .setParent(CALLER)
                    .setApiKey(
                        ApiKey.newBuilder().setDisplayName("A key").setExpireTime(in(lifetime)))
                    .build());
    KEYS.add(made.getKey());
    return made;
  }

  private static ApiKey create() {
    return create(java.time.Duration.ofHours(1));
  }

  private static ApiKey get(String name) {
    return administrator().getApiKey(GetApiKeyRequest.newBuilder().setName(name).build());
  }

  private static RawCalls.End call(String key) {
    RawCalls.End end =
        RawCalls.call(
            gateway.client().channel(),
            INFER,
            RawCalls.headers("Bearer " + key),
            addSub(1, 2).build().toByteArray());
    for (String name : end.trailers().keys()) {
      String value =
          name.endsWith(Metadata.BINARY_HEADER_SUFFIX)
              ? new String(
                  end.trailers().get(Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER)),
                  StandardCharsets.ISO_8859_1)
              : end.trailers().get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
      assertFalse(key.length() > 20 && value.contains(key), name + " gives it back");
    }
    return end;
  }

  private static void assertInvalid(String key) {
    // What all keys begin with is no secret, and so short that chance may write it.
    if (!key.equals("ghk_")) {
      KEYS.add(key);
    }
    RawCalls.End end = call(key);
    Refused.is(Status.Code.UNAUTHENTICATED, Reason.CREDENTIAL_INVALID, end.failure());
    assertEquals("the credential is missing or not accepted", end.status().getDescription());
  }

  @Test
  void key_good_callsWhatItsCallerWasGrantedAndNothingElse() {
    ApiKey made = create();
    assertTrue(made.getKey().startsWith("ghk_"), made.getName());
    assertEquals(Status.Code.OK, call(made.getKey()).status().getCode());
    ApiKey read = get(made.getName());
    assertEquals("", read.getKey(), "it is shown once");
    assertTrue(read.hasLastUseTime());
    assertEquals(ApiKey.State.STATE_ACTIVE, read.getState());
    assertEquals("callers/" + adminId(), read.getCreator());

    RawCalls.End denied =
        RawCalls.call(
            gateway.client().channel(),
            "gatehouse.admin.v1.CallersService/ListCallers",
            RawCalls.headers("Bearer " + made.getKey()),
            new byte[0]);
    Refused.is(Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, denied.failure());
    RawCalls.End notGranted =
        RawCalls.call(
            gateway.client().channel(),
            INFER,
            RawCalls.headers("Bearer " + made.getKey()),
            addSub(1, 2).setModelName("dictionary").build().toByteArray());
    Refused.is(Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, notGranted.failure());
  }

  private static String adminId() {
    String creator = get(create().getName()).getCreator();
    return creator.substring("callers/".length());
  }

  @Test
  void key_wrongTruncatedUnknownOrDoubled_isInvalidAndTheAnswerIsTheSame() {
    String good = create().getKey();
    String other = create().getKey();
    String id = good.substring(0, good.length() - 51);
    assertInvalid(good.substring(0, good.length() - 1));
    assertInvalid(good.substring(0, 20));
    assertInvalid(good + "x");
    assertInvalid(good.toUpperCase(java.util.Locale.ROOT));
    assertInvalid(id + other.substring(other.length() - 51));
    assertInvalid("ghk_" + "x".repeat(7_000));
    assertInvalid("ghk_");
    RawCalls.End both =
        RawCalls.call(
            gateway.client().channel(),
            INFER,
            RawCalls.headers("Bearer " + good, "Bearer " + good),
            addSub(1, 2).build().toByteArray());
    Refused.is(Status.Code.UNAUTHENTICATED, Reason.CREDENTIAL_INVALID, both.failure());
  }

  @Test
  void key_revoked_isInvalidAndItsStreamIsCut() {
    ApiKey made = create();
    InferStream stream =
        InferStream.open(
            gateway.client().channel(), RawCalls.headers("Bearer " + made.getKey()), 10);
    stream.send(addSub(1, 2).build());
    assertEquals(1, stream.awaitAnswers(1).size());
    ApiKey revoked =
        administrator()
            .revokeApiKey(RevokeApiKeyRequest.newBuilder().setName(made.getName()).build());
    assertEquals(ApiKey.State.STATE_REVOKED, revoked.getState());
    assertTrue(revoked.hasRevokeTime());
    assertInvalid(made.getKey());
    Refused.is(Status.Code.UNAUTHENTICATED, Reason.CREDENTIAL_INVALID, stream.awaitEnd());
  }

  @Test
  void key_expired_isInvalid() {
    // A machine that stands still may let the first expire before it is used.
    ApiKey made = create(java.time.Duration.ofSeconds(4));
    boolean used = call(made.getKey()).status().isOk();
    for (int seconds : List.of(15, 60)) {
      if (!used) {
        made = create(java.time.Duration.ofSeconds(seconds));
        used = call(made.getKey()).status().isOk();
      }
    }
    assertTrue(used, "no key counts before it expires");
    String key = made.getKey();
    assertTrue(
        Await.until(
            WAIT_MAX.multipliedBy(2),
            () -> call(key).status().getCode() == Status.Code.UNAUTHENTICATED));
    assertInvalid(key);
    assertEquals(ApiKey.State.STATE_EXPIRED, get(made.getName()).getState());
  }

  @Test
  void rotateApiKey_withOverlap_acceptsBoth() {
    ApiKey former = create();
    ApiKey next =
        administrator()
            .rotateApiKey(
                RotateApiKeyRequest.newBuilder()
                    .setName(former.getName())
                    .setExpireTime(in(java.time.Duration.ofHours(2)))
                    .setOverlap(Duration.newBuilder().setSeconds(600))
                    .build());
    KEYS.add(next.getKey());
    assertNotEquals(former.getKey(), next.getKey());
    assertEquals("A key", next.getDisplayName());
    assertEquals(Status.Code.OK, call(former.getKey()).status().getCode());
    assertEquals(Status.Code.OK, call(next.getKey()).status().getCode());
    ApiKey last =
        administrator()
            .rotateApiKey(
                RotateApiKeyRequest.newBuilder()
                    .setName(next.getName())
                    .setExpireTime(in(java.time.Duration.ofHours(2)))
                    .build());
    KEYS.add(last.getKey());
    assertInvalid(next.getKey());
    assertEquals(Status.Code.OK, call(last.getKey()).status().getCode());
  }

  @Test
  void createApiKey_sameRequestAgain_answersWithoutTheKey() {
    CreateApiKeyRequest request =
        CreateApiKeyRequest.newBuilder()
            .setParent(CALLER)
            .setApiKeyId("once-only")
            .setApiKey(ApiKey.newBuilder().setExpireTime(in(java.time.Duration.ofHours(1))))
            .setRequestId("6a3cb6de-8d2c-4a53-a1c5-6fd1c1f2e7a1")
            .build();
    ApiKey first = administrator().createApiKey(request);
    KEYS.add(first.getKey());
    assertEquals(CALLER + "/apiKeys/once-only", first.getName());
    ApiKey again = administrator().createApiKey(request);
    assertEquals("", again.getKey());
    assertEquals(first.getName(), again.getName());
    assertTrue(
        Await.until(WAIT_MAX, () -> gateway.audit().contains(CALLER + "/apiKeys/once-only")));
  }

  @Test
  void apiKeys_badRequests_areRefused() {
    CreateApiKeyRequest.Builder good =
        CreateApiKeyRequest.newBuilder()
            .setParent(CALLER)
            .setApiKey(ApiKey.newBuilder().setExpireTime(in(java.time.Duration.ofHours(1))));
    List<CreateApiKeyRequest> bad = new ArrayList<>();
    bad.add(good.clone().setApiKey(ApiKey.getDefaultInstance()).build());
    bad.add(good.clone().setParent("callers/key-client/apiKeys/x").build());
    bad.add(good.clone().setParent("").build());
    bad.add(good.clone().setApiKeyId("Under_Score").build());
    bad.add(
        good.clone()
            .setApiKey(ApiKey.newBuilder().setExpireTime(in(java.time.Duration.ofDays(367))))
            .build());
    bad.add(
        good.clone()
            .setApiKey(good.getApiKey().toBuilder().setDisplayName("x".repeat(201)))
            .build());
    for (CreateApiKeyRequest request : bad) {
      Refused.with(
          Status.Code.INVALID_ARGUMENT,
          Reason.ARGUMENT_INVALID,
          () -> administrator().createApiKey(request));
    }
    Refused.with(
        Status.Code.NOT_FOUND, Reason.NOT_FOUND, () -> get("callers/pipeline/apiKeys/once-only"));
    Refused.with(
        Status.Code.PERMISSION_DENIED,
        Reason.ACCESS_DENIED,
        () -> gateway.client().apiKeys(gateway.tokens(Realm.ORDERS)).createApiKey(good.build()));
  }

  @Test
  void listApiKeys_inPages_givesEachOnceWithoutKeys() {
    ApiKey made = create();
    List<String> names = new ArrayList<>();
    String token = "";
    do {
      ListApiKeysResponse page =
          administrator()
              .listApiKeys(
                  ListApiKeysRequest.newBuilder()
                      .setParent(CALLER)
                      .setPageSize(2)
                      .setPageToken(token)
                      .build());
      page.getApiKeysList()
          .forEach(
              key -> {
                names.add(key.getName());
                assertEquals("", key.getKey());
              });
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    assertEquals(names.stream().distinct().sorted().toList(), names);
    assertTrue(names.contains(made.getName()));
  }
}
