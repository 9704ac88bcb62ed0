package dev.gatehouse.boot;

import static dev.gatehouse.boot.OwnReplicas.awaitAgreement;
import static dev.gatehouse.boot.OwnReplicas.refusal;
import static dev.gatehouse.testing.Infer.addSub;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.admin.v1.Grant;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.InferStream;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.RawCalls;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What one replica takes away is taken away on the other. Snapshots are read again on their own so
 * seldom that nothing but the room of changes can be what brought it.
 */
final class RevocationIT {

  private static final Duration SEEN_MAX = Duration.ofSeconds(60);
  private static final int ROUNDS = 5;
  private static final int RACES = 15;
  private static final int THREADS = 3;
  private static final int CALLS_PER_RACE = 30;

  @SuppressWarnings("NullAway.Init") // set before any test
  private static PostgresServer postgres;

  @SuppressWarnings("NullAway.Init") // set before any test
  private static OwnReplicas replicas;

  @BeforeAll
  static void start() {
    postgres = PostgresServer.start();
    replicas =
        OwnReplicas.start(
            postgres,
            2,
            Map.of(
                "gatehouse.access.snapshot-refresh", "5M",
                "gatehouse.access.snapshot-age-max", "30M"));
    ModelPublisher publisher = replicas.publisher(0);
    var unused = publisher.createModel("add-sub", "add-sub");
    publisher.upload("add-sub", "1", SharedGateway.sample("add_sub.pt"), SampleModels.ADD_SUB);
    publisher.deploy("models/add-sub/versions/1", Deployment.getDefaultInstance());
  }

  @AfterAll
  static void stop() {
    replicas.close();
    postgres.close();
  }

  private static String call(int replica) {
    return refusal(
        () -> {
          var unused =
              replicas
                  .client(replica)
                  .inference(replicas.orders())
                  .modelInfer(addSub(1, 2).build());
        });
  }

  private static boolean both(String expected) {
    return call(0).equals(expected) && call(1).equals(expected);
  }

  /** Grants, deletes, suspends and activates by turns at one and the other. */
  private static void takeAwayAndGiveBack(String how) {
    for (int round = 0; round < ROUNDS; round++) {
      int here = round % 2;
      Grant grant = replicas.publisher(here).grantInfer("add-sub", Realm.ORDERS.clientId());
      awaitAgreement(how + ": granted", () -> both(""));
      InferStream stream =
          InferStream.open(
              replicas.client(1 - here).channel(), RawCalls.headers(replicas.orders()), 10);
      stream.send(addSub(1, 2).build());
      assertEquals("", stream.awaitAnswers(1).getFirst().getErrorMessage());
      replicas.stand(here, Realm.ORDERS, Caller.Standing.STANDING_SUSPENDED);
      awaitAgreement(how + ": suspended, stream of the other cut", stream::ended);
      Refused.is(Status.Code.UNAUTHENTICATED, Reason.CREDENTIAL_INVALID, stream.awaitEnd());
      awaitAgreement(how + ": suspended, calls refused", () -> both("CREDENTIAL_INVALID"));
      replicas.stand(1 - here, Realm.ORDERS, Caller.Standing.STANDING_ACTIVE);
      awaitAgreement(how + ": active", () -> both(""));
      replicas.revoke(1 - here, grant);
      awaitAgreement(how + ": grant deleted", () -> both("ACCESS_DENIED"));
    }
  }

  private static double missed(int replica) {
    return replicas.metric(replica, "gatehouse_changes_missed_notifications_total");
  }

  @Test
  void revocation_told_takesEffectOnTheOther() {
    List<Double> missed = List.of(missed(0), missed(1));
    takeAwayAndGiveBack("told");
    assertEquals(missed, List.of(missed(0), missed(1)));
    for (int replica = 0; replica < 2; replica++) {
      assertTrue(replicas.metric(replica, "gatehouse_changes_notifications_total") > 0);
    }
  }

  @Test
  void revocation_whileConnectionsAreBrokenOff_takesEffectOnTheOther() {
    AtomicBoolean ending = new AtomicBoolean();
    Thread breaker =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (!ending.get()) {
                    String ended =
                        replicas.query(
                            "select count(pg_terminate_backend(pid)) from pg_stat_activity where"
                                + " application_name = 'gatehouse-changes'");
                    assertFalse(ended.isEmpty());
                  }
                });
    try {
      takeAwayAndGiveBack("broken off");
    } finally {
      ending.set(true);
    }
    assertTrue(Await.until(SEEN_MAX, () -> !breaker.isAlive()));
    for (int replica = 0; replica < 2; replica++) {
      int one = replica;
      assertTrue(
          Await.until(SEEN_MAX, () -> replicas.metric(one, "gatehouse_changes_listening") == 1));
    }
  }

  @Test
  void revocation_notificationsLost_isFoundByThePoll() {
    String told = replicas.query("select prosrc from pg_proc where proname = 'changes_bump'");
    replicas.execute(
        """
        create or replace function changes_bump(moved_topic text) returns void language plpgsql as
        $$ begin update changes set counter = counter + 1 where topic = moved_topic; end $$
        """);
    try {
      double before = missed(1);
      takeAwayAndGiveBack("not told");
      assertTrue(missed(1) > before);
    } finally {
      replicas.execute(
          "create or replace function changes_bump(moved_topic text) returns void"
              + " language plpgsql as $bump$"
              + told
              + "$bump$");
    }
  }

  /** A use that begins after the revocation was answered never succeeds, where it was answered. */
  @Test
  void revocation_raceAgainstUse_nothingSucceedsAfterTheAnswer() throws InterruptedException {
    ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
    for (int race = 0; race < RACES; race++) {
      Grant grant = replicas.publisher(0).grantInfer("add-sub", Realm.ORDERS.clientId());
      AtomicBoolean revoked = new AtomicBoolean();
      AtomicLong before = new AtomicLong();
      AtomicLong after = new AtomicLong();
      List<Thread> users = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        users.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      while (after.get() < CALLS_PER_RACE) {
                        boolean late = revoked.get();
                        String refusal = call(0);
                        (late ? after : before).incrementAndGet();
                        if (refusal.isEmpty() ? late : !refusal.equals("ACCESS_DENIED")) {
                          faults.add(late + ": " + refusal);
                        }
                      }
                    }));
      }
      assertTrue(Await.until(SEEN_MAX, () -> before.get() >= CALLS_PER_RACE));
      replicas.revoke(0, grant);
      revoked.set(true);
      for (Thread user : users) {
        user.join();
      }
    }
    assertEquals(List.of(), List.copyOf(faults));
  }

  /** The client is another one every time, so that it is not the connection that knows. */
  @Test
  void suspension_ofACallerWithATokenSeenBefore_refusesNewConnectionsToo() {
    Grant grant = replicas.publisher(1).grantInfer("add-sub", Realm.ORDERS.clientId());
    awaitAgreement("granted", () -> both(""));
    replicas.stand(1, Realm.ORDERS, Caller.Standing.STANDING_SUSPENDED);
    awaitAgreement(
        "suspended, new connections refused",
        () -> {
          try (GatewayClient client = new GatewayClient(replicas.process(0).grpcPort())) {
            return refusal(
                    () -> {
                      var unused =
                          client.inference(replicas.orders()).modelInfer(addSub(1, 2).build());
                    })
                .equals("CREDENTIAL_INVALID");
          }
        });
    replicas.stand(0, Realm.ORDERS, Caller.Standing.STANDING_ACTIVE);
    replicas.revoke(0, grant);
    awaitAgreement("revoked", () -> both("ACCESS_DENIED"));
  }
}
