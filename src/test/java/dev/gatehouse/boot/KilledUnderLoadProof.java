package dev.gatehouse.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.CommandLineTool.Result;
import dev.gatehouse.testing.GatewayProcess;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.SharedGateway;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * A gateway that is killed again and again while calls run: every call that was answered is in its
 * journals, and all of them verify.
 */
final class KilledUnderLoadProof {

  private static final int KILLS = 20;
  private static final int CONCURRENCY = 32;
  private static final int ANSWERS_MIN = 200;
  private static final int ANSWERS_MORE_MAX = 2_000;
  private static final Duration ANSWERS_WAIT_MAX = Duration.ofMinutes(2);

  @Test
  void killed_underLoad_everyAnsweredCallIsInTheRecord() {
    long seed = Long.getLong("gatehouse.seed", new SplittableRandom().nextLong());
    System.out.println("seed: -Dgatehouse.seed=" + seed);
    SplittableRandom random = new SplittableRandom(seed);
    try (OwnReplicas replicas = OwnReplicas.start(PostgresServer.shared(), 1, Map.of())) {
      publish(replicas);
      Set<String> answered = new HashSet<>();
      try (TracedLoad load =
          new TracedLoad(replicas.client(0), replicas::orders, CONCURRENCY, random.nextLong())) {
        for (int kill = 1; kill <= KILLS; kill++) {
          killOnce(replicas.process(0), load, random);
        }
        awaitAnswers(load, ANSWERS_MIN);
        load.close();
        assertEquals(0, load.wrongCount());
        answered.addAll(load.answered());
      }
      assertEquals(0, replicas.process(0).stop() & ~143);
      RecordOnDisk record = replicas.record();
      Set<String> recorded = record.traces();
      answered.removeAll(recorded);
      assertEquals(Set.of(), answered, "answered, and not in the record");
      Result verified = record.verify();
      assertEquals(0, verified.status(), verified.errors());
      System.out.printf(
          "%d kills: %d calls in the record, %d journals%n",
          KILLS, recorded.size(), record.journalCount());
      assertEquals(KILLS + 1, record.journalCount());
    }
  }

  private static void publish(OwnReplicas replicas) {
    ModelPublisher publisher = replicas.publisher(0);
    var unused = publisher.createModel("add-sub", "add-sub");
    publisher.upload("add-sub", "1", SharedGateway.sample("add_sub.pt"), SampleModels.ADD_SUB);
    publisher.deploy("models/add-sub/versions/1", Deployment.getDefaultInstance());
    publisher.grantInfer("add-sub", Realm.ORDERS.clientId());
  }

  private static void killOnce(GatewayProcess gateway, TracedLoad load, SplittableRandom random) {
    awaitAnswers(load, ANSWERS_MIN + random.nextInt(ANSWERS_MORE_MAX));
    gateway.kill();
    gateway.restart();
  }

  private static void awaitAnswers(TracedLoad load, int more) {
    int enough = load.answeredCount() + more;
    assertTrue(Await.until(ANSWERS_WAIT_MAX, () -> load.answeredCount() >= enough), "answers");
  }
}
