package dev.gatehouse.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.journal.JournalFolder;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.CommandLineTool;
import dev.gatehouse.testing.CommandLineTool.Result;
import dev.gatehouse.testing.Folders;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.SharedGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Three replicas, each with a disk of its own, write for a minute: nothing is missing and nothing
 * is there twice. Then the disk of one is lost: what was on it is named, and what was exported
 * before can still be proved.
 */
final class ReplicatedRecordProof {

  private static final int REPLICAS = 3;
  private static final int LOST = 2;
  private static final int CONCURRENCY = 8;
  private static final Duration LENGTH = Duration.ofMinutes(1);
  private static final Duration SEEN_MAX = Duration.ofMinutes(2);

  @Test
  void threeReplicas_writeForAMinute_andOneDiskIsLost() throws Exception {
    Map<String, String> settings = Map.of("gatehouse.audit.segment-age-max", "5S");
    try (OwnReplicas replicas = OwnReplicas.start(PostgresServer.shared(), REPLICAS, settings)) {
      publish(replicas);
      Set<String> answered = load(replicas);
      for (int i = 0; i < REPLICAS; i++) {
        assertEquals(143, replicas.process(i).stop());
      }
      RecordOnDisk record = replicas.record();
      assertEquals(REPLICAS, record.journalCount());
      Set<String> missing = new HashSet<>(answered);
      missing.removeAll(record.traces());
      assertEquals(Set.of(), missing, "answered, and not in the record");
      Result verified = record.verify();
      assertEquals(0, verified.status(), verified.errors());
      System.out.printf(
          "%d calls answered by %d replicas%n%s%n", answered.size(), REPLICAS, verified.out());
      diskLost(record);
    }
  }

  private static void publish(OwnReplicas replicas) {
    ModelPublisher publisher = replicas.publisher(0);
    var unused = publisher.createModel("add-sub", "add-sub");
    publisher.upload("add-sub", "1", SharedGateway.sample("add_sub.pt"), SampleModels.ADD_SUB);
    publisher.deploy("models/add-sub/versions/1", Deployment.getDefaultInstance());
    publisher.grantInfer("add-sub", Realm.ORDERS.clientId());
  }

  private static Set<String> load(OwnReplicas replicas) throws InterruptedException {
    List<TracedLoad> loads = new ArrayList<>();
    for (int i = 0; i < REPLICAS; i++) {
      loads.add(new TracedLoad(replicas.client(i), replicas::orders, CONCURRENCY, i));
    }
    Set<String> answered = new HashSet<>();
    try {
      assertTrue(
          Await.until(SEEN_MAX, () -> loads.stream().allMatch(load -> load.answeredCount() > 0)),
          "all replicas answer");
      boolean unused = new CountDownLatch(1).await(LENGTH.toSeconds(), TimeUnit.SECONDS);
    } finally {
      loads.forEach(TracedLoad::close);
    }
    for (TracedLoad load : loads) {
      assertEquals(0, load.wrongCount());
      answered.addAll(load.answered());
    }
    return answered;
  }

  private static void diskLost(RecordOnDisk record) throws IOException {
    Path export = Folders.create("export-").resolve("record.jsonl");
    Result exported = record.run("export", List.of("--out", export.toString()));
    assertEquals(0, exported.status(), exported.errors());
    String lost = JournalFolder.in(record.journals(LOST)).getFirst().id().value();

    Folders.delete(record.journals(LOST));
    var unused = Files.createDirectories(record.journals(LOST));

    Result verified = record.verify();
    assertEquals(1, verified.status(), verified.out());
    assertTrue(
        verified.errors().startsWith("JOURNAL_MISSING at journal " + lost), verified.errors());
    assertTrue(verified.errors().lines().allMatch(line -> line.contains(lost)), verified.errors());
    System.out.println(verified.errors());
    // What was anchored is still proved by who exported it.
    try (Stream<String> lines = Files.lines(export)) {
      assertTrue(lines.anyMatch(line -> line.contains("\"proof_journal\":\"" + lost + "\"")), lost);
    }
    List<String> arguments = new ArrayList<>(List.of("audit", "verify"));
    arguments.addAll(List.of("--export", export.toString()));
    record.keys().forEach(key -> arguments.addAll(List.of("--key", key)));
    Result proved = CommandLineTool.run(Map.of(), arguments);
    assertEquals(0, proved.status(), proved.errors());
  }
}
