package dev.gatehouse.edge;

import static dev.gatehouse.testing.Infer.addSub;
import static dev.gatehouse.testing.RecordedEntries.has;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.FieldMask;
import dev.gatehouse.audit.InputDigests;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.keys.Keyring;
import dev.gatehouse.stubs.admin.v1.AuditMode;
import dev.gatehouse.stubs.admin.v1.CreateModelRequest;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.admin.v1.GetModelRequest;
import dev.gatehouse.stubs.admin.v1.Grant;
import dev.gatehouse.stubs.admin.v1.Model;
import dev.gatehouse.stubs.admin.v1.UpdateModelRequest;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.InferStream;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.RawCalls;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What the journal on disk says of real calls, and how models say what it is to say. */
class RecordedUsesIT {

  private static final Duration SEEN_MAX = Duration.ofSeconds(60);
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  private static SharedGateway gateway = SharedGateway.get();

  private static Grant publish(String model) {
    ModelPublisher publisher = gateway.publisher();
    var unused = publisher.createModel(model, model);
    publisher.upload(model, "7", SharedGateway.sample("add_sub.pt"), SampleModels.ADD_SUB);
    publisher.deploy("models/" + model + "/versions/7", Deployment.getDefaultInstance());
    return publisher.grantInfer(model, Realm.ORDERS.clientId());
  }

  private static ModelInferRequest call(String model, int a, int b) {
    return addSub(a, b).setModelName(model).build();
  }

  private static GRPCInferenceServiceBlockingStub orders(String traceparent) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER), traceparent);
    return gateway
        .client()
        .inference(gateway.tokens(Realm.ORDERS))
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private static List<Entry> intents(String model) {
    return gateway.recorded().all(EntryKind.INTENT, has(Field.MODEL, model));
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  @Test
  void call_answered_isOnDiskWithEverythingThatIsKnownOfIt() throws Exception {
    Grant grant = publish("recorded");
    OidcLogin.Tokens tokens = gateway.tokens(Realm.ORDERS);
    var unused = orders("00-" + TRACE + "-00f067aa0ba902b7-01").modelInfer(call("recorded", 1, 2));
    // The answer is here: its intent must be on disk, not only soon.
    assertEquals(1, intents("recorded").size());
    Entry intent = intents("recorded").getFirst();
    assertEquals("orders-service", intent.text(Field.CALLER));
    assertEquals("shop", intent.text(Field.TEAM));
    assertEquals(
        sha256(tokens.accessToken().getBytes(StandardCharsets.UTF_8)).substring(0, 16),
        intent.text(Field.CREDENTIAL));
    assertNotNull(intent.text(Field.ADDRESS));
    assertEquals("7", intent.text(Field.VERSION));
    assertEquals(
        sha256(Files.readAllBytes(SharedGateway.sample("add_sub.pt"))),
        intent.hash(Field.ARTIFACT).toString());
    assertEquals(grant.getName(), "models/recorded/grants/" + intent.text(Field.GRANT));
    assertEquals(1, intent.number(Field.ROWS));
    assertEquals(128, intent.number(Field.REQUEST_BYTES));
    assertEquals(TRACE, intent.text(Field.TRACE));
    assertNull(intent.text(Field.INPUT_DIGEST));
    Entry outcome = gateway.recorded().outcomeOf(intent);
    assertEquals("OK", outcome.text(Field.OUTCOME));
    assertEquals(128, outcome.number(Field.REPLY_BYTES));
    assertTrue(outcome.number(Field.LATENCY_MICROS) > 0);
    assertFalse(outcome.time().isBefore(intent.time()));
  }

  @Test
  void call_withGarbageForATrace_isRecordedWithoutOne() {
    var published = publish("untraced");
    assertNotNull(published);
    var unused = orders("garbage").modelInfer(call("untraced", 1, 2));
    assertNull(intents("untraced").getFirst().text(Field.TRACE));
  }

  @Test
  void call_thatComesTooLate_hasAnOutcomeThatSaysSo() {
    var published = publish("too-late");
    assertNotNull(published);
    // A deadline of the request's own, which passes in the queue.
    ModelInferRequest.Builder late = call("too-late", 1, 2).toBuilder();
    late.putParameters(
        "timeout",
        dev.gatehouse.stubs.inference.InferParameter.newBuilder().setInt64Param(1).build());
    Refused.with(
        Status.Code.DEADLINE_EXCEEDED,
        Reason.DEADLINE_EXCEEDED,
        () -> orders("").modelInfer(late.build()));
    Entry intent = gateway.recorded().await(EntryKind.INTENT, has(Field.MODEL, "too-late"));
    Entry outcome = gateway.recorded().outcomeOf(intent);
    assertEquals("DEADLINE_EXCEEDED", outcome.text(Field.OUTCOME));
    assertEquals(0, outcome.number(Field.REPLY_BYTES));
  }

  @Test
  void stream_messages_haveAnIntentAndAnOutcomeEach() {
    var published = publish("streamed");
    assertNotNull(published);
    Metadata headers = RawCalls.headers(gateway.tokens(Realm.ORDERS));
    headers.put(
        Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER),
        "00-" + TRACE + "-00f067aa0ba902b7-01");
    int messages = 200;
    InferStream stream = InferStream.open(gateway.client().channel(), headers, messages);
    for (int i = 0; i < messages; i++) {
      stream.send(call("streamed", i, 1).toBuilder().setId("id" + i).build());
    }
    assertEquals(messages, stream.awaitAnswers(messages).size());
    List<Entry> intents = intents("streamed");
    assertEquals(messages, intents.size(), "what was answered is on disk");
    assertTrue(intents.stream().allMatch(has(Field.TRACE, TRACE)));
    Set<Long> sequences = new HashSet<>();
    intents.forEach(intent -> sequences.add(intent.sequence()));
    Predicate<Entry> theirs = entry -> sequences.contains(entry.number(Field.INTENT));
    assertTrue(
        Await.until(
            SEEN_MAX, () -> gateway.recorded().all(EntryKind.OUTCOME, theirs).size() == messages));
    stream.cancel();
  }

  private static Model update(OidcLogin.Tokens who, Model model, String... paths) {
    return gateway
        .client()
        .models(who)
        .updateModel(
            UpdateModelRequest.newBuilder()
                .setModel(model)
                .setUpdateMask(FieldMask.newBuilder().addAllPaths(List.of(paths)))
                .build());
  }

  @Test
  void auditMode_bestEffort_isForAdministratorsAlone() {
    var published = publish("weakened");
    assertNotNull(published);
    OidcLogin.Tokens pipeline = gateway.tokens(SharedGateway.PIPELINE);
    OidcLogin.Tokens ada = gateway.administrator();
    Model.Builder model = Model.newBuilder().setName("models/weakened");
    Model weak = model.clone().setAuditMode(AuditMode.AUDIT_MODE_BEST_EFFORT).build();
    Refused.with(
        Status.Code.PERMISSION_DENIED,
        Reason.ACCESS_DENIED,
        () -> update(pipeline, weak, "audit_mode"));
    Refused.with(
        Status.Code.PERMISSION_DENIED,
        Reason.ACCESS_DENIED,
        () ->
            gateway
                .client()
                .models(pipeline)
                .createModel(
                    CreateModelRequest.newBuilder()
                        .setModelId("weak-at-once")
                        .setModel(weak)
                        .build()));
    Refused.with(
        Status.Code.INVALID_ARGUMENT,
        Reason.ARGUMENT_INVALID,
        () -> update(ada, model.clone().setAuditModeValue(77).build(), "audit_mode"));
    GetModelRequest get = GetModelRequest.newBuilder().setName("models/weakened").build();
    assertEquals(
        AuditMode.AUDIT_MODE_REQUIRED,
        gateway.client().models(pipeline).getModel(get).getAuditMode());
    assertEquals(AuditMode.AUDIT_MODE_BEST_EFFORT, update(ada, weak, "audit_mode").getAuditMode());
    var unused = orders("").modelInfer(call("weakened", 1, 2));
    // It did not wait for its entry, which comes all the same.
    Entry intent = gateway.recorded().await(EntryKind.INTENT, has(Field.MODEL, "weakened"));
    assertEquals("OK", gateway.recorded().outcomeOf(intent).text(Field.OUTCOME));
    // What is not named stays; to be strict again is anybody's who owns it.
    Model texts = update(pipeline, model.clone().setDisplayName("x").build(), "display_name");
    assertEquals(AuditMode.AUDIT_MODE_BEST_EFFORT, texts.getAuditMode());
    assertEquals(
        AuditMode.AUDIT_MODE_REQUIRED,
        update(pipeline, model.build(), "audit_mode").getAuditMode());
    Entry changed =
        gateway
            .changes()
            .await(
                EntryKind.CHANGE,
                has(Field.RESOURCE, "models/weakened")
                    .and(entry -> ("" + entry.text(Field.DETAIL)).contains("best-effort")));
    assertEquals("administrator-1", changed.text(Field.CALLER));
  }

  @Test
  void inputDigests_ofEqualInputs_matchForWhoHasTheKeyAndNobodyElse() {
    var published = publish("digested");
    assertNotNull(published);
    var before = orders("").modelInfer(call("digested", 5, 6));
    assertNotNull(before);
    assertNull(intents("digested").getFirst().text(Field.INPUT_DIGEST));
    Model on = Model.newBuilder().setName("models/digested").setInputDigests(true).build();
    assertTrue(
        update(gateway.tokens(SharedGateway.PIPELINE), on, "input_digests").getInputDigests());
    for (int[] inputs : List.of(new int[] {1, 2}, new int[] {3, 4}, new int[] {1, 2})) {
      var unused = orders("").modelInfer(call("digested", inputs[0], inputs[1]));
    }
    InputDigests reader =
        new InputDigests(
            Keyring.open(gateway.keysFile(), false), Duration.ofDays(30), SystemTime.wall());
    List<Entry> intents = intents("digested");
    assertEquals(4, intents.size());
    Set<String> stored = new HashSet<>();
    List<String> opened = new ArrayList<>();
    for (Entry intent : intents.subList(1, 4)) {
      String digest = Objects.requireNonNull(intent.text(Field.INPUT_DIGEST));
      stored.add(digest);
      opened.add(reader.open(HexFormat.of().parseHex(digest)).orElseThrow());
    }
    assertEquals(3, stored.size(), "equal inputs do not look so");
    assertEquals(opened.get(0), opened.get(2));
    assertEquals(2, Set.copyOf(opened).size());
  }
}
