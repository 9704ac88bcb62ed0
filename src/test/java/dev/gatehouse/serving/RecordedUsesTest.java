package dev.gatehouse.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.access.GrantId;
import dev.gatehouse.access.GrantPriority;
import dev.gatehouse.access.GrantTerms;
import dev.gatehouse.access.OutputPolicy;
import dev.gatehouse.access.Quota;
import dev.gatehouse.access.QuotaSettings;
import dev.gatehouse.access.QuotaStanding;
import dev.gatehouse.access.Quotas;
import dev.gatehouse.audit.AccessJournal;
import dev.gatehouse.audit.InferenceIntent;
import dev.gatehouse.audit.InputDigests;
import dev.gatehouse.audit.PlainCall;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.core.TensorSpec;
import dev.gatehouse.core.TraceId;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.engine.LoadSettings;
import dev.gatehouse.engine.Samples;
import dev.gatehouse.engine.TorchEngine;
import dev.gatehouse.keys.Keyring;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.metrics.MetricsSettings;
import dev.gatehouse.registry.Canary;
import dev.gatehouse.registry.DeploymentSettings;
import dev.gatehouse.registry.DeploymentState;
import dev.gatehouse.registry.ModelAudit;
import dev.gatehouse.registry.ModelVersion;
import dev.gatehouse.registry.Sha256;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.HeldJournal;
import dev.gatehouse.testing.HeldObservations;
import dev.gatehouse.testing.TestCallers;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of calls, on a real engine, whatever becomes of the record of them. */
final class RecordedUsesTest {

  private static final Duration WAIT_MAX = Duration.ofMinutes(1);
  private static final ModelName MODEL = new ModelName("slow");
  private static final VersionId V1 = new VersionId("v1");
  private static final GrantId GRANT = new GrantId("some-grant");
  private static final TraceId TRACE = new TraceId(3, 4);
  private static final ModelAudit BEST_EFFORT = new ModelAudit(false, false);
  private static final Caller CALLER =
      TestCallers.caller(
          new CallerId("alice"),
          new TeamName("red"),
          Set.of(Role.CALLER),
          "0011223344556677",
          Instant.MAX);

  /** Some seconds of one core. */
  private static final float LONG = 50_000;

  /** More than the queue has places. */
  private static final int MANY = 200;

  /** Inputs of so many rows are not digested on the thread that brings them. */
  private static final int LARGE_ROWS = 3;

  private static final Signature SIGNATURE =
      new Signature(
          List.of(new TensorSpec("work", Datatype.FP32, Shape.of(-1, 1))),
          List.of(new TensorSpec("done", Datatype.FP32, Shape.of(-1, 1))));

  private static final DeploymentSettings SETTINGS =
      new DeploymentSettings(
          DeploymentSettings.Batching.of(4, Duration.ZERO),
          DeploymentSettings.Queue.of(64, 1 << 20),
          DeploymentSettings.Execution.of(1, Duration.ofMinutes(1)),
          Canary.NONE);

  @SuppressWarnings("NullAway.Init") // set before any test
  private static TorchEngine engine;

  @SuppressWarnings("NullAway.Init") // set before any test
  private static byte[] sample;

  @SuppressWarnings("NullAway.Init") // set by JUnit
  @TempDir
  private Path folder;

  private final MeterRegistry meters = new SimpleMeterRegistry();
  private final GatewayMetrics metrics =
      new GatewayMetrics(meters, MetricsSettings.DEFAULTS, SystemTime.ticker());
  private final ModelTable table = new ModelTable(SystemTime.ticker());
  private final HeldJournal journal = new HeldJournal();
  private final HeldObservations observations = new HeldObservations();
  private final AtomicReference<AccessJournal> other = new AtomicReference<>();

  /** What is to be done where large inputs are digested. */
  private final Queue<Runnable> elsewhere = new ConcurrentLinkedQueue<>();

  @SuppressWarnings("NullAway.Init") // set before each test
  private Keyring keyring;

  @SuppressWarnings("NullAway.Init") // set before each test
  private Admittance admittance;

  @SuppressWarnings("NullAway.Init") // set before each test
  private RunningVersion version;

  /** What an observer has heard. */
  private static class Heard implements InferenceObserver {
    private final List<InferenceAnswer> answers = new CopyOnWriteArrayList<>();
    private final List<Refusal> refusals = new CopyOnWriteArrayList<>();

    @Override
    public void answered(InferenceAnswer answer) {
      answers.add(answer);
    }

    @Override
    public void refused(Refusal refusal) {
      refusals.add(refusal);
    }

    int times() {
      return answers.size() + refusals.size();
    }

    void await() {
      assertTrue(Await.until(WAIT_MAX, () -> times() > 0), "nothing was heard");
    }

    Refusal refusal() {
      await();
      assertEquals(0, answers.size());
      assertEquals(1, refusals.size());
      return refusals.getFirst();
    }
  }

  /** Elements that are as they should be. */
  private record Given(ByteBuffer data) implements Elements {

    @Override
    public long byteCount(Datatype datatype) {
      return data.remaining();
    }

    @Override
    public ByteBuffer bytes(Datatype datatype, int index) {
      return data;
    }
  }

  /** A request for so much work. */
  private record Asked(List<Float> work, Deadline deadline, boolean faulty, List<Long> told)
      implements InferenceRequest {

    @Override
    public String model() {
      return MODEL.value();
    }

    @Override
    public String version() {
      return "";
    }

    @Override
    public List<OfferedTensor> inputs() {
      ByteBuffer data = ByteBuffer.allocateDirect(4 * work.size()).order(ByteOrder.LITTLE_ENDIAN);
      work.forEach(data::putFloat);
      return List.of(
          new OfferedTensor(
              "work", "FP32", List.of((long) work.size(), 1L), new Given(data.flip())));
    }

    @Override
    public List<String> requestedOutputs() {
      return List.of();
    }

    @Override
    public long wireBytes() {
      return 100;
    }

    @Override
    public TraceId trace() {
      return TRACE;
    }

    @Override
    public void admitted() {
      if (faulty) {
        throw new IllegalStateException("a fault of ours");
      }
    }

    @Override
    public void quotas(QuotaStanding standing) {}

    @Override
    public void rows(int count) {
      told.add((long) count);
    }

    @Override
    public void ran(long computeNanos) {
      told.add(computeNanos);
    }

    @Override
    public boolean bulk() {
      return false;
    }
  }

  @BeforeAll
  static void startEngine() {
    engine = Samples.engine();
    sample = Samples.bytes("slow.pt");
  }

  @AfterAll
  static void stopEngine() {
    engine.close();
  }

  @BeforeEach
  void deploy() throws Exception {
    keyring = Keyring.open(folder.resolve("keys.json"), true);
    ModelVersion registered =
        new ModelVersion(
            MODEL,
            V1,
            Sha256.of(sample),
            sample.length,
            SIGNATURE,
            CALLER.id(),
            Instant.EPOCH,
            DeploymentState.READY,
            "",
            SETTINGS,
            1,
            Instant.EPOCH);
    version =
        RunningVersion.start(
            registered,
            SETTINGS,
            engine.load(
                "slow",
                sample,
                SIGNATURE,
                new LoadSettings(
                    1,
                    4,
                    List.of(),
                    false,
                    Duration.ofMinutes(1),
                    Duration.ofMinutes(5),
                    SystemTime.ticker())),
            metrics,
            SystemTime.wall(),
            SystemTime.ticker(),
            (stuck, instance) -> {});
    assertEquals(List.of(), table.start(version));
    recorded(ModelAudit.DEFAULT);
    other.set(journal);
    admit(new InputDigests(keyring, Duration.ofDays(30), SystemTime.wall()));
  }

  /** Uses of the model are recorded so. */
  private void recorded(ModelAudit audit) {
    long ticket = SystemTime.ticker().nanos();
    assertEquals(
        List.of(), table.catalogue(MODEL, ticket, V1, audit, null, List.of(version.registered())));
  }

  private void admit(InputDigests digests) {
    AccessJournal any =
        new AccessJournal() {
          @Override
          public @Nullable Use begin(InferenceIntent intent) {
            return Objects.requireNonNull(other.get()).begin(intent);
          }

          @Override
          public boolean offer(PlainCall call) {
            return Objects.requireNonNull(other.get()).offer(call);
          }
        };
    admittance =
        new Admittance(
            new VersionFinder(table),
            // Of calls in flight each replica counts its own: no database is asked.
            new Quotas(noDatabase(), new QuotaSettings(10), SystemTime.ticker()),
            new Recording(any, digests, table, metrics),
            new Admittance.Digesting(elsewhere::add, LARGE_ROWS * Float.BYTES),
            metrics,
            observations,
            SystemTime.ticker());
  }

  private static javax.sql.DataSource noDatabase() {
    return (javax.sql.DataSource)
        java.lang.reflect.Proxy.newProxyInstance(
            RecordedUsesTest.class.getClassLoader(),
            new Class<?>[] {javax.sql.DataSource.class},
            (proxy, method, arguments) -> {
              throw new java.sql.SQLException("there is no database");
            });
  }

  @AfterEach
  void stop() {
    version.stop(Duration.ZERO);
  }

  private Runnable admit(
      Heard heard, Quota quota, Deadline deadline, boolean faulty, Float... work) {
    return admittance.admit(
        new AllowedCall(
            CALLER,
            MODEL,
            GRANT,
            new GrantTerms(100, GrantPriority.INTERACTIVE, quota, List.of()),
            null,
            new Asked(List.of(work), deadline, faulty, new CopyOnWriteArrayList<>()),
            deadline,
            heard,
            SystemTime.ticker().nanos()));
  }

  private Runnable admit(Heard heard, Float... work) {
    return admit(heard, Quota.NONE, Deadline.NONE, false, work);
  }

  /** The only use that was begun, once it has ended. */
  private HeldJournal.Begun ended() {
    assertEquals(1, journal.uses().size());
    HeldJournal.Begun use = journal.uses().getFirst();
    assertTrue(Await.until(WAIT_MAX, () -> use.ends() > 0), "the use was not ended");
    return use;
  }

  private double counted(String name, String... tags) {
    var counter = meters.find(name).tags(tags).functionCounter();
    return counter == null ? 0 : counter.count();
  }

  private double requests(String outcome) {
    return counted("gatehouse.model.requests", "outcome", outcome);
  }

  private VersionCounts counts() {
    return version.statistics().counts(MODEL, V1);
  }

  @Test
  void answer_waitsForTheCommit() {
    journal.hold();
    Heard heard = new Heard();
    admit(heard, 0f);
    HeldJournal.Begun use = ended();
    assertEquals(Outcome.OK, use.outcome());
    assertEquals(4, use.replyBytes());
    assertEquals(0, heard.times(), "answered before the commit");
    assertEquals(0, counts().success().count());
    use.commit();
    assertEquals(1, heard.answers.size());
    assertEquals(1, counts().success().count());
    assertEquals(1, requests("OK"));
    use.commit();
    use.lose();
    assertEquals(1, heard.times(), "an observer hears one end");
    assertEquals(1, use.ends());
  }

  @Test
  void answer_lost_isRefusedAndCountedSo() {
    journal.hold();
    Heard heard = new Heard();
    admit(heard, 0f);
    HeldJournal.Begun use = ended();
    use.lose();
    Refusal.AuditUnavailable refusal =
        assertInstanceOf(Refusal.AuditUnavailable.class, heard.refusal());
    assertTrue(refusal.retryAfter().isPositive());
    assertEquals(0, counts().success().count());
    assertEquals(1, counts().fail().count());
    assertEquals(1, requests("AUDIT_UNAVAILABLE"));
    assertEquals(0, requests("OK"));
    use.commit();
    assertEquals(1, heard.times());
    assertEquals(1, use.ends());
  }

  @Test
  void intent_saysWhatIsToRun() {
    Heard heard = new Heard();
    admit(heard, 0f, 0f, 0f);
    heard.await();
    InferenceIntent intent = ended().intent();
    assertEquals(CALLER, intent.caller());
    assertEquals(MODEL, intent.model());
    assertEquals(V1, intent.version());
    assertArrayEquals(Sha256.of(sample).bytes(), intent.artifact());
    assertEquals("some-grant", intent.grant());
    assertEquals(3, intent.rows());
    assertEquals(12, intent.requestBytes());
    assertEquals(TRACE, intent.trace());
    assertNull(intent.inputDigest());
  }

  /** The watch sees more than a caller whose grant gives rounded probabilities only. */
  @Test
  void answer_ofAGrantThatGivesLess_isObservedAsTheModelGaveIt() {
    OutputPolicy rounded =
        new OutputPolicy("", OutputPolicy.Detail.ROUNDED, 0, 0, OutputPolicy.Scores.LOGITS);
    List<Long> told = new CopyOnWriteArrayList<>();
    Heard heard = new Heard();
    Runnable ignored =
        admittance.admit(
            new AllowedCall(
                CALLER,
                MODEL,
                GRANT,
                new GrantTerms(100, GrantPriority.INTERACTIVE, Quota.NONE, List.of(rounded)),
                null,
                new Asked(List.of(1f, 1f), Deadline.NONE, false, told),
                Deadline.NONE,
                heard,
                SystemTime.ticker().nanos()));
    heard.await();

    HeldObservations.Answered observed = observations.answers().getFirst();
    assertEquals(1, observations.answers().size());
    assertEquals(CALLER.id(), observed.caller());
    assertEquals(MODEL, observed.model());
    assertEquals(1f, observed.inputs().getFirst().bytes().getFloat());
    float given = heard.answers.getFirst().outputs().getFirst().bytes().getFloat();
    assertEquals(1f, given);
    assertNotEquals(given, observed.outputs().getFirst().bytes().getFloat());
    assertEquals(2, told.getFirst(), "rows");
    assertTrue(told.getLast() > 0 && told.size() == 2, "device time");
  }

  @Test
  void call_thatCannotBeRecorded_isRefusedAndHoldsNothing() {
    journal.refuse(true);
    Quota one = new Quota(0, 0, 0, 0, 1);
    for (int i = 0; i < MANY; i++) {
      Heard heard = new Heard();
      RefusedException refused =
          assertThrows(RefusedException.class, () -> admit(heard, one, Deadline.NONE, false, 0f));
      assertInstanceOf(Refusal.AuditUnavailable.class, refused.refusal());
      assertEquals(0, heard.times());
    }
    assertEquals(0, counts().success().count());
    assertEquals(MANY, counts().fail().count());
    assertEquals(MANY, requests("AUDIT_UNAVAILABLE"));
    // Neither a place of the queue nor of the quota is missing.
    journal.refuse(false);
    Heard heard = new Heard();
    admit(heard, one, Deadline.NONE, false, 0f);
    heard.await();
    assertEquals(1, heard.answers.size());
  }

  @Test
  void call_whoseQuotaIsHeldWhileItWaits_isFreeAfterwards() {
    journal.hold();
    Quota one = new Quota(0, 0, 0, 0, 1);
    admit(new Heard(), one, Deadline.NONE, false, 0f);
    assertEquals(Outcome.OK, ended().outcome());
    Heard next = new Heard();
    admit(next, one, Deadline.NONE, false, 0f);
    assertTrue(Await.until(WAIT_MAX, () -> journal.uses().getLast().ends() == 1));
  }

  @Test
  void journal_thatThrows_holdsNothing() {
    other.set(
        new AccessJournal() {
          @Override
          public Use begin(InferenceIntent intent) {
            throw new IllegalStateException("a fault of ours");
          }

          @Override
          public boolean offer(PlainCall call) {
            return false;
          }
        });
    for (int i = 0; i < MANY; i++) {
      assertThrows(IllegalStateException.class, () -> admit(new Heard(), 0f));
    }
    other.set(journal);
    Heard heard = new Heard();
    admit(heard, 0f);
    heard.await();
    assertEquals(1, heard.answers.size());
  }

  @Test
  void fault_beforeTheQueue_endsTheUseOnceAndHoldsNothing() {
    for (int i = 0; i < MANY; i++) {
      Heard heard = new Heard();
      admit(heard, Quota.NONE, Deadline.NONE, true, 0f).run();
      assertInstanceOf(Refusal.Internal.class, heard.refusal());
    }
    for (HeldJournal.Begun use : journal.uses()) {
      assertEquals(1, use.ends());
      assertEquals(Outcome.refused(Reason.INTERNAL), use.outcome());
    }
    Heard heard = new Heard();
    admit(heard, 0f);
    heard.await();
    assertEquals(1, heard.answers.size());
  }

  @Test
  void fault_ofTheJournalAtTheEnd_isLost() {
    other.set(
        new AccessJournal() {
          @Override
          public Use begin(InferenceIntent intent) {
            return new Use() {
              @Override
              public void answered(long replyBytes, long latencyNanos, Release release) {
                throw new IllegalStateException("a fault of ours");
              }

              @Override
              public void refused(Outcome outcome, long latencyNanos) {}
            };
          }

          @Override
          public boolean offer(PlainCall call) {
            return false;
          }
        });
    Heard heard = new Heard();
    admit(heard, 0f);
    assertInstanceOf(Refusal.AuditUnavailable.class, heard.refusal());
  }

  @Test
  void observer_thatThrows_isKeptFromTheJournal() {
    journal.hold();
    Heard heard =
        new Heard() {
          @Override
          public void answered(InferenceAnswer answer) {
            super.answered(answer);
            throw new IllegalStateException("a fault of ours");
          }

          @Override
          public void refused(Refusal refusal) {
            super.refused(refusal);
            throw new IllegalStateException("a fault of ours");
          }
        };
    admit(heard, 0f);
    ended().commit();
    assertEquals(1, heard.answers.size());
    admit(heard, 0f);
    HeldJournal.Begun second = journal.uses().getLast();
    assertTrue(Await.until(WAIT_MAX, () -> second.ends() == 1));
    second.lose();
    assertEquals(1, heard.refusals.size());
  }

  @Test
  void refusals_waitForNothing() {
    journal.hold();
    Heard running = new Heard();
    Runnable cancelRunning = admit(running, LONG);
    Heard cancelled = new Heard();
    admit(cancelled, LONG).run();
    assertInstanceOf(Refusal.Cancelled.class, cancelled.refusal());
    Heard late = new Heard();
    admit(late, Quota.NONE, Deadline.at(SystemTime.ticker().nanos() - 1), false, 0f);
    assertInstanceOf(Refusal.DeadlineExceeded.class, late.refusal());
    cancelRunning.run();
    assertInstanceOf(Refusal.Cancelled.class, running.refusal());
    List<Optional<Reason>> reasons = new ArrayList<>();
    for (HeldJournal.Begun use : journal.uses()) {
      assertEquals(1, use.ends());
      reasons.add(Optional.ofNullable(Objects.requireNonNull(use.outcome()).refusal()));
    }
    assertEquals(
        List.of(
            Optional.of(Reason.CANCELLED),
            Optional.of(Reason.CANCELLED),
            Optional.of(Reason.DEADLINE_EXCEEDED)),
        reasons);
  }

  @Test
  void call_cancelledWhileItWaits_endsOnceWithItsAnswer() {
    journal.hold();
    Heard heard = new Heard();
    Runnable cancel = admit(heard, 0f);
    HeldJournal.Begun use = ended();
    cancel.run();
    assertEquals(0, heard.times());
    use.commit();
    cancel.run();
    assertEquals(1, heard.answers.size());
    assertEquals(1, heard.times());
    assertEquals(1, use.ends());
  }

  @Test
  void version_thatStops_endsEveryUseOnce() {
    journal.hold();
    List<Heard> all = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Heard heard = new Heard();
      all.add(heard);
      admit(heard, LONG);
    }
    version.stop(Duration.ZERO);
    for (Heard heard : all) {
      assertInstanceOf(Refusal.ModelNotReady.class, heard.refusal());
    }
    for (HeldJournal.Begun use : journal.uses()) {
      assertEquals(1, use.ends());
      assertEquals(Outcome.refused(Reason.MODEL_NOT_READY), use.outcome());
    }
  }

  @Test
  void bestEffort_withoutARecord_runsAndIsCounted() {
    recorded(BEST_EFFORT);
    journal.refuse(true);
    Heard heard = new Heard();
    admit(heard, 0f);
    heard.await();
    assertEquals(1, heard.answers.size());
    assertEquals(1, counted("gatehouse.audit.unrecorded"));
    Heard cancelled = new Heard();
    admit(cancelled, LONG).run();
    assertInstanceOf(Refusal.Cancelled.class, cancelled.refusal());
    assertEquals(2, counted("gatehouse.audit.unrecorded"));
    assertEquals(List.of(), journal.uses());
  }

  @Test
  void bestEffort_withARecord_doesNotWaitForIt() {
    recorded(BEST_EFFORT);
    journal.hold();
    Heard heard = new Heard();
    admit(heard, 0f);
    heard.await();
    assertEquals(1, heard.answers.size());
    HeldJournal.Begun use = ended();
    assertEquals(Outcome.OK, use.outcome());
    use.lose();
    assertEquals(1, heard.times());
    assertEquals(1, use.ends());
    assertEquals(0, counted("gatehouse.audit.unrecorded"));
  }

  @Test
  void inputDigest_whereTheModelAsks_matchesEqualInputs() {
    recorded(new ModelAudit(true, true));
    for (Float[] work : List.of(new Float[] {0f, 1f}, new Float[] {0f, 1f}, new Float[] {1f, 0f})) {
      Heard heard = new Heard();
      admit(heard, work);
      heard.await();
    }
    InputDigests reader = new InputDigests(keyring, Duration.ofDays(30), SystemTime.wall());
    List<String> opened = new ArrayList<>();
    Set<String> stored = new java.util.HashSet<>();
    for (HeldJournal.Begun use : journal.uses()) {
      byte[] digest = use.intent().inputDigest();
      assertNotNull(digest);
      stored.add(HexFormat.of().formatHex(digest));
      opened.add(reader.open(digest).orElseThrow());
    }
    assertEquals(3, stored.size(), "equal inputs look different");
    assertEquals(opened.get(0), opened.get(1));
    assertEquals(2, Set.copyOf(opened).size());
  }

  @Test
  void inputDigest_largeInputs_isMadeElsewhere() {
    Heard plain = new Heard();
    admit(plain, 0f, 1f, 2f);
    assertEquals(0, elsewhere.size(), "only where the model asks");
    plain.await();
    recorded(new ModelAudit(true, true));
    Quota one = new Quota(0, 0, 0, 0, 1);
    Heard heard = new Heard();
    admit(heard, one, Deadline.NONE, false, 0f, 1f, 2f);
    assertEquals(1, journal.uses().size(), "nothing was digested yet");
    elsewhere.remove().run();
    heard.await();
    assertEquals(1, heard.answers.size());
    assertNotNull(journal.uses().get(1).intent().inputDigest());

    // Whom nobody can be thrown at hears it, and gives back what was taken for it.
    journal.refuse(true);
    Heard refused = new Heard();
    admit(refused, one, Deadline.NONE, false, 0f, 1f, 2f);
    elsewhere.remove().run();
    assertInstanceOf(Refusal.AuditUnavailable.class, refused.refusal());
    journal.refuse(false);
    Heard cancelled = new Heard();
    admit(cancelled, one, Deadline.NONE, false, 0f, 1f, 2f).run();
    elsewhere.remove().run();
    cancelled.await();
    assertEquals(1, cancelled.times());
    assertTrue(Await.until(WAIT_MAX, () -> journal.uses().getLast().ends() == 1));
    Heard last = new Heard();
    admit(last, one, Deadline.NONE, false, 0f);
    last.await();
    assertEquals(1, last.answers.size());
  }

  @Test
  void inputDigest_withoutAKey_isNotRunUnlessTheRecordIsBestEffort() {
    Keyring none = Keyring.open(folder.resolve("nothing.json"), false);
    admit(new InputDigests(none, Duration.ofDays(30), SystemTime.wall()));
    recorded(new ModelAudit(true, true));
    RefusedException refused = assertThrows(RefusedException.class, () -> admit(new Heard(), 0f));
    assertInstanceOf(Refusal.AuditUnavailable.class, refused.refusal());
    assertEquals(List.of(), journal.uses());
    recorded(new ModelAudit(false, true));
    Heard heard = new Heard();
    admit(heard, 0f);
    heard.await();
    assertNull(ended().intent().inputDigest());
  }
}
