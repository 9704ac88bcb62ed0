package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.gatehouse.audit.Progress;
import dev.gatehouse.audit.checkpoint.Checkpoint;
import dev.gatehouse.audit.checkpoint.NoteException;
import dev.gatehouse.audit.checkpoint.VerifierKey;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryFormatException;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.ProofException;
import dev.gatehouse.audit.merkle.ProofVerifier;
import dev.gatehouse.audit.merkle.TreeHasher;
import dev.gatehouse.audit.verify.ExportCheck;
import dev.gatehouse.audit.verify.Report;
import dev.gatehouse.stubs.admin.v1.AuditCheckpoint;
import dev.gatehouse.stubs.admin.v1.AuditConsistencyProof;
import dev.gatehouse.stubs.admin.v1.AuditEntry;
import dev.gatehouse.stubs.admin.v1.AuditEntryProof;
import dev.gatehouse.stubs.admin.v1.AuditFilter;
import dev.gatehouse.stubs.admin.v1.AuditSegmentProof;
import dev.gatehouse.stubs.admin.v1.AuditServiceGrpc.AuditServiceBlockingStub;
import dev.gatehouse.stubs.admin.v1.ExportAuditEntriesRequest;
import dev.gatehouse.stubs.admin.v1.GetAuditCheckpointRequest;
import dev.gatehouse.stubs.admin.v1.GetAuditEntryRequest;
import dev.gatehouse.stubs.admin.v1.ListAuditEntriesRequest;
import dev.gatehouse.stubs.admin.v1.ListAuditEntriesResponse;
import dev.gatehouse.stubs.admin.v1.Model;
import dev.gatehouse.stubs.admin.v1.ProveAuditConsistencyRequest;
import dev.gatehouse.stubs.admin.v1.ProveAuditEntryRequest;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.Infer;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The record, read and proved by an auditor of the packaged gateway. Everything the gateway says is
 * checked from the bytes of the entries, as somebody would who does not trust it.
 */
final class AuditServiceIT {

  private static final Duration WAIT_MAX = Duration.ofSeconds(60);

  private static SharedGateway gateway;
  private static AuditServiceBlockingStub audit;

  @BeforeAll
  static void start() {
    gateway = SharedGateway.get();
    audit = gateway.client().audit(gateway.tokens(Realm.AUDREY));
  }

  private static AuditFilter.Builder control() {
    return AuditFilter.newBuilder().setLog(AuditEntry.Log.LOG_CONTROL);
  }

  private static AuditFilter.Builder journal() {
    return AuditFilter.newBuilder().setLog(AuditEntry.Log.LOG_JOURNAL);
  }

  private static List<AuditEntry> all(AuditFilter.Builder filter, int pageSize) {
    List<AuditEntry> entries = new ArrayList<>();
    String token = "";
    do {
      ListAuditEntriesResponse page =
          audit.listAuditEntries(
              ListAuditEntriesRequest.newBuilder()
                  .setFilter(filter)
                  .setPageSize(pageSize)
                  .setPageToken(token)
                  .build());
      assertTrue(page.getAuditEntriesCount() <= Math.max(pageSize, 50));
      entries.addAll(page.getAuditEntriesList());
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    return entries;
  }

  private static Entry read(AuditEntry entry) {
    return read(entry.getEntry());
  }

  private static Entry read(ByteString bytes) {
    try {
      return EntryCodec.read(bytes.toByteArray());
    } catch (EntryFormatException e) {
      throw new AssertionError(e);
    }
  }

  private static Hash leaf(ByteString entry) {
    return new TreeHasher().leaf(entry.toByteArray());
  }

  private static Hash hash(ByteString bytes) {
    return Hash.of(bytes.toByteArray());
  }

  private static List<Hash> path(List<ByteString> hashes) {
    return hashes.stream().map(AuditServiceIT::hash).toList();
  }

  private static String create(String model) {
    Model made = gateway.publisher().createModel(model, model);
    return made.getName();
  }

  /** The intent of a call just made, once it is listed with its end. */
  private static AuditEntry call(String trace, int rows) {
    TracedCalls.infer(gateway, trace, rows);
    AuditEntry[] found = new AuditEntry[1];
    assertTrue(
        Await.until(
            WAIT_MAX,
            () -> {
              for (AuditEntry entry :
                  all(
                      journal()
                          .setCaller("callers/" + Realm.ORDERS.clientId())
                          .setModel("models/add-sub")
                          .setOutcome("OK"),
                      1000)) {
                if (entry.getFieldsOrDefault("trace", "").equals(trace)) {
                  found[0] = entry;
                }
              }
              return found[0] != null;
            }),
        "the call is listed");
    return found[0];
  }

  @Test
  void list_changeJustMade_isThereWithItsBytes() {
    String name = create("listed-model");
    List<AuditEntry> entries = all(control().setModel(name).setAction("models.create"), 10);
    assertEquals(1, entries.size());
    AuditEntry entry = entries.getFirst();
    Entry said = read(entry);
    assertEquals(EntryKind.CHANGE, said.kind());
    assertEquals(name, said.text(Field.RESOURCE));
    assertEquals("OK", said.text(Field.OUTCOME));
    assertEquals(said.text(Field.CALLER), entry.getFieldsOrThrow("caller"));
    assertEquals("auditEntries/c-" + said.sequence(), entry.getName());
    assertEquals(
        entry,
        audit.getAuditEntry(GetAuditEntryRequest.newBuilder().setName(entry.getName()).build()));
  }

  @Test
  void list_pagesOfOne_giveTheSameAsOnePage() {
    create("paged-one");
    create("paged-two");
    AuditFilter.Builder filter = control().setAction("models.create");
    List<AuditEntry> whole = all(filter, 1000);
    List<AuditEntry> single = all(filter, 1);
    assertEquals(whole, single.subList(0, whole.size()));
    for (int i = 1; i < whole.size(); i++) {
      assertTrue(whole.get(i - 1).getSequence() < whole.get(i).getSequence());
    }
  }

  @Test
  void list_timeThatIsOver_isEmpty() {
    Timestamp longAgo = Timestamp.newBuilder().setSeconds(1).build();
    assertEquals(List.of(), all(control().setEndTime(longAgo), 10));
    assertEquals(List.of(), all(journal().setEndTime(longAgo), 10));
    assertFalse(all(control().setStartTime(longAgo).setOutcome("OK"), 1000).isEmpty());
  }

  @Test
  void list_callOfAModel_hasWhoWhatAndHowItEnded() {
    String trace = "00000000000000000000000000a0d171";
    AuditEntry entry = call(trace, 1);
    assertEquals("intent", entry.getKind());
    assertEquals("shop", entry.getFieldsOrThrow("team"));
    assertEquals("1", entry.getFieldsOrThrow("version"));
    assertEquals("1", entry.getFieldsOrThrow("rows"));
    assertEquals(64, entry.getFieldsOrThrow("artifact").length());
    assertEquals("OK", entry.getOutcome().getOutcome());
    assertTrue(entry.getOutcome().getReplyBytes() > 0);
    AuditEntry ended =
        audit.getAuditEntry(
            GetAuditEntryRequest.newBuilder().setName(entry.getOutcome().getName()).build());
    assertEquals(entry.getSequence(), read(ended).number(Field.INTENT));
  }

  @Test
  void refusedChange_isListedWithItsReason() {
    assertEquals(
        "ACCESS_DENIED",
        reason(
            () ->
                gateway
                    .client()
                    .models(gateway.tokens(Realm.ORDERS))
                    .createModel(
                        dev.gatehouse.stubs.admin.v1.CreateModelRequest.newBuilder()
                            .setModelId("not-yours")
                            .build())));
    assertTrue(
        Await.until(
            WAIT_MAX,
            () ->
                all(control().setCaller("callers/orders-service").setOutcome("ACCESS_DENIED"), 100)
                    .stream()
                    .anyMatch(entry -> entry.getFieldsOrThrow("action").endsWith("/CreateModel"))));
  }

  @Test
  void proofs_ofAChange_holdAgainstASignedCheckpoint() throws ProofException, NoteException {
    String name = create("proved-model");
    AuditEntry entry = all(control().setModel(name), 10).getFirst();
    AuditCheckpoint signed =
        audit.getAuditCheckpoint(GetAuditCheckpointRequest.getDefaultInstance());
    Checkpoint checkpoint =
        Checkpoint.open(signed.getNote(), VerifierKey.parse(signed.getVerifierKey()));
    assertEquals(signed.getTreeSize(), checkpoint.size());
    AuditEntryProof proof = prove(entry.getName(), checkpoint.size());
    assertEquals(entry.getEntry(), proof.getEntry());
    assertEquals(entry.getSequence(), proof.getLeafIndex());
    ProofVerifier.inclusion(
        leaf(entry.getEntry()),
        proof.getLeafIndex(),
        checkpoint.size(),
        path(proof.getPathList()),
        checkpoint.root());
  }

  private static AuditEntryProof prove(String name, long size) {
    return audit.proveAuditEntry(
        ProveAuditEntryRequest.newBuilder().setName(name).setTreeSize(size).build());
  }

  @Test
  void proof_ofACall_leadsThroughItsSegmentToTheTree() throws ProofException {
    AuditEntry entry = call("00000000000000000000000000a0d172", 2);
    AuditEntryProof[] proved = new AuditEntryProof[1];
    assertTrue(
        Await.until(
            WAIT_MAX,
            () -> {
              try {
                proved[0] = prove(entry.getName(), 0);
                return true;
              } catch (StatusRuntimeException notYet) {
                assertEquals("STATE_INVALID", reason(notYet));
                return false;
              }
            }),
        "its segment is anchored");
    AuditEntryProof proof = proved[0];
    AuditSegmentProof inSegment = proof.getSegmentProof();
    ProofVerifier.inclusion(
        leaf(entry.getEntry()),
        inSegment.getLeafIndex(),
        inSegment.getTreeSize(),
        path(inSegment.getPathList()),
        hash(inSegment.getRootHash()));
    Entry anchor = read(proof.getControlEntry());
    assertEquals(EntryKind.SEGMENT_ANCHORED, anchor.kind());
    assertEquals(entry.getJournal(), anchor.text(Field.JOURNAL));
    assertEquals(hash(inSegment.getRootHash()), anchor.hash(Field.ROOT));
    ProofVerifier.inclusion(
        leaf(proof.getControlEntry()),
        proof.getLeafIndex(),
        proof.getTreeSize(),
        path(proof.getPathList()),
        hash(proof.getRootHash()));
  }

  @Test
  void consistency_ofTwoCheckpoints_isProved() throws ProofException {
    AuditCheckpoint before =
        audit.getAuditCheckpoint(GetAuditCheckpointRequest.getDefaultInstance());
    create("later-model");
    AuditCheckpoint after =
        audit.getAuditCheckpoint(GetAuditCheckpointRequest.getDefaultInstance());
    assertNotEquals(before.getTreeSize(), after.getTreeSize());
    AuditConsistencyProof proof =
        audit.proveAuditConsistency(
            ProveAuditConsistencyRequest.newBuilder()
                .setFirstSize(before.getTreeSize())
                .setSecondSize(after.getTreeSize())
                .build());
    assertArrayEquals(before.getRootHash().toByteArray(), proof.getFirstRootHash().toByteArray());
    ProofVerifier.consistency(
        before.getTreeSize(),
        hash(before.getRootHash()),
        after.getTreeSize(),
        hash(after.getRootHash()),
        path(proof.getPathList()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "auditEntries/",
        "auditEntries/c-",
        "auditEntries/c--1",
        "auditEntries/c-01",
        "auditEntries/j-0",
        "auditEntries/c-99999999999999999999",
        "auditEntries/c-1/x",
        "models/c-1",
        "auditEntries/j-zz000000000000000000000000000000-1"
      })
  void get_malformedName_isRefused(String name) {
    assertEquals(
        "ARGUMENT_INVALID",
        reason(() -> audit.getAuditEntry(GetAuditEntryRequest.newBuilder().setName(name).build())));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "auditEntries/c-999999999999999999",
        "auditEntries/j-00000000000000000000000000000000-0"
      })
  void get_entryThatIsNotThere_isNotFound(String name) {
    assertEquals(
        "NOT_FOUND",
        reason(() -> audit.getAuditEntry(GetAuditEntryRequest.newBuilder().setName(name).build())));
  }

  @Test
  void prove_treeThatIsNotThere_isRefused() {
    for (long size : new long[] {-1, Long.MAX_VALUE}) {
      assertEquals("ARGUMENT_INVALID", reason(() -> prove("auditEntries/c-0", size)));
    }
    assertEquals("ARGUMENT_INVALID", reason(() -> prove("auditEntries/c-3", 2)));
    for (long first : new long[] {-1, 0, Long.MAX_VALUE}) {
      assertEquals(
          "ARGUMENT_INVALID",
          reason(
              () ->
                  audit.proveAuditConsistency(
                      ProveAuditConsistencyRequest.newBuilder().setFirstSize(first).build())));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "Yy0x", "!!!!", "YWMtLTE"})
  void list_foreignPageToken_isRefused(String token) {
    assertEquals(
        "ARGUMENT_INVALID",
        reason(
            () ->
                audit.listAuditEntries(
                    ListAuditEntriesRequest.newBuilder().setPageToken(token).build())));
  }

  @Test
  void export_isVerifiedWithoutTheGateway_andIsItselfRecorded() throws IOException, NoteException {
    AuditEntry call = call("00000000000000000000000000a0d173", 3);
    assertTrue(
        Await.until(
            WAIT_MAX, () -> !reason(() -> prove(call.getName(), 0)).equals("STATE_INVALID")),
        "its segment is anchored");
    AuditCheckpoint signed =
        audit.getAuditCheckpoint(GetAuditCheckpointRequest.getDefaultInstance());
    ByteArrayOutputStream export = new ByteArrayOutputStream();
    audit
        .exportAuditEntries(ExportAuditEntriesRequest.getDefaultInstance())
        .forEachRemaining(piece -> export.writeBytes(piece.getData().toByteArray()));
    List<VerifierKey> keys = List.of(VerifierKey.parse(signed.getVerifierKey()));
    String text = export.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains("a0d173"), "the call is in it");
    assertTrue(verify(text, keys).verifies(), () -> verify(text, keys).findings().toString());
    String tampered = text.replaceFirst("\"caller\":\"orders-service\"", "\"caller\":\"nobody\"");
    assertNotEquals(text, tampered);
    assertFalse(verify(tampered, keys).verifies());
    assertFalse(all(control().setAction("auditEntries.export"), 10).isEmpty());
  }

  private static Report verify(String export, List<VerifierKey> keys) {
    try {
      return ExportCheck.verify(
          new ByteArrayInputStream(export.getBytes(StandardCharsets.UTF_8)),
          keys,
          List.of(),
          Progress.SILENT);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void administrator_isNoAuditor() {
    AuditServiceBlockingStub ada = gateway.client().audit(gateway.administrator());
    assertEquals(
        "ACCESS_DENIED",
        reason(() -> ada.listAuditEntries(ListAuditEntriesRequest.getDefaultInstance())));
  }

  @Test
  void kinds_ofTheControlLog_areThoseThatHappened() {
    Set<String> kinds = new TreeSet<>();
    all(control(), 1000).forEach(entry -> kinds.add(entry.getKind()));
    assertTrue(
        kinds.containsAll(Set.of("log_begun", "change", "journal_opened", "key_used")),
        kinds::toString);
  }

  private static String reason(Runnable call) {
    try {
      call.run();
      return "answered";
    } catch (StatusRuntimeException e) {
      return reason(e);
    }
  }

  private static String reason(StatusRuntimeException refusal) {
    return GatewayClient.errorInfo(refusal)
        .map(com.google.rpc.ErrorInfo::getReason)
        .orElse(refusal.getStatus().toString());
  }

  /** Calls with a trace id. */
  private static final class TracedCalls {
    static void infer(SharedGateway gateway, String trace, int value) {
      io.grpc.Metadata headers = new io.grpc.Metadata();
      headers.put(
          io.grpc.Metadata.Key.of("traceparent", io.grpc.Metadata.ASCII_STRING_MARSHALLER),
          "00-" + trace + "-00000000000000aa-01");
      var response =
          gateway
              .client()
              .inference(gateway.tokens(Realm.ORDERS))
              .withInterceptors(io.grpc.stub.MetadataUtils.newAttachHeadersInterceptor(headers))
              .modelInfer(Infer.addSub(value, 1).build());
      assertEquals(value + 1, Infer.intsOf(response, 0).getFirst());
    }
  }
}
