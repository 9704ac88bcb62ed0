package dev.gatehouse.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.TensorSpec;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.engine.LoadSettings;
import dev.gatehouse.engine.Samples;
import dev.gatehouse.engine.TorchEngine;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.metrics.MetricsSettings;
import dev.gatehouse.registry.Canary;
import dev.gatehouse.registry.DeploymentSettings;
import dev.gatehouse.registry.DeploymentState;
import dev.gatehouse.registry.HeldVersion;
import dev.gatehouse.registry.ModelAudit;
import dev.gatehouse.registry.ModelVersion;
import dev.gatehouse.registry.Sha256;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What answers where a registry that others change also says what is meant to run: the former
 * default stays until the new one runs here.
 */
final class ModelTableTest {

  private static final ModelName MODEL = new ModelName("slow");
  private static final VersionId V1 = new VersionId("v1");
  private static final VersionId V2 = new VersionId("v2");
  private static final VersionId V3 = new VersionId("v3");
  private static final CallerId ANYBODY = new CallerId("anybody");

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

  private final AtomicLong nanos = new AtomicLong();
  private final GatewayMetrics metrics =
      new GatewayMetrics(new SimpleMeterRegistry(), MetricsSettings.DEFAULTS, nanos::get);
  private final ModelTable table = new ModelTable(nanos::get);
  private final List<RunningVersion> started = new ArrayList<>();
  private long ticket;

  @BeforeAll
  static void startEngine() {
    engine = Samples.engine();
    sample = Samples.bytes("slow.pt");
  }

  @AfterAll
  static void stopEngine() {
    engine.close();
  }

  @AfterEach
  void stopAll() {
    started.forEach(version -> version.stop(Duration.ZERO));
  }

  private static ModelVersion said(VersionId id, DeploymentState state, long attempt) {
    return new ModelVersion(
        MODEL,
        id,
        Sha256.of(sample),
        sample.length,
        SIGNATURE,
        ANYBODY,
        Instant.EPOCH,
        state,
        "",
        SETTINGS,
        attempt,
        Instant.EPOCH);
  }

  private static ModelVersion ready(VersionId id, long attempt) {
    return said(id, DeploymentState.READY, attempt);
  }

  private static ModelVersion undeployed(VersionId id, long attempt) {
    return said(id, DeploymentState.UNDEPLOYED, attempt);
  }

  /** A version that could run. */
  private RunningVersion loaded(VersionId id, long attempt) throws Exception {
    ModelVersion version = said(id, DeploymentState.READY, attempt);
    RunningVersion running =
        RunningVersion.start(
            version,
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
                    nanos::get)),
            metrics,
            SystemTime.wall(),
            nanos::get,
            (stuck, instance) -> {});
    started.add(running);
    return running;
  }

  private List<RunningVersion> hear(@Nullable VersionId byDefault, ModelVersion... versions) {
    return table.catalogue(MODEL, ++ticket, byDefault, ModelAudit.DEFAULT, null, List.of(versions));
  }

  private @Nullable RunningVersion answers() {
    return entry().route(ANYBODY);
  }

  private ModelTable.Entry entry() {
    return Objects.requireNonNull(table.find(MODEL));
  }

  private RunningVersion servingV1() throws Exception {
    RunningVersion first = loaded(V1, 1);
    assertEquals(List.of(), table.start(first));
    assertEquals(List.of(), hear(V1, ready(V1, 1), undeployed(V2, 0)));
    assertSame(first, answers());
    return first;
  }

  @Test
  void default_replacedElsewhere_formerAnswersUntilItRunsHere() throws Exception {
    RunningVersion first = servingV1();
    assertEquals(List.of(), hear(V2, undeployed(V1, 1), ready(V2, 2)));
    assertSame(first, answers());
    assertEquals(V1, entry().defaultVersion());
    assertTrue(table.standsIn(first));
    assertEquals(List.of(new HeldVersion(MODEL, V2, 2)), table.missing());
    assertEquals(List.of(), hear(V2, undeployed(V1, 1), ready(V2, 2)), "said again");
    RunningVersion second = loaded(V2, 2);
    assertEquals(List.of(first), table.start(second), "it leaves in the step of its successor");
    assertSame(second, answers());
    assertNull(table.find(MODEL, V1));
    assertEquals(List.of(), table.missing());
  }

  @Test
  void default_replacedTwiceBeforeItRunsHere_formerAnswersAllTheTime() throws Exception {
    RunningVersion first = servingV1();
    assertEquals(List.of(), hear(V2, undeployed(V1, 1), ready(V2, 2), undeployed(V3, 0)));
    assertEquals(List.of(), hear(V3, undeployed(V1, 1), undeployed(V2, 2), ready(V3, 3)));
    assertSame(first, answers());
    assertEquals(List.of(new HeldVersion(MODEL, V3, 3)), table.missing());
    RunningVersion third = loaded(V3, 3);
    assertEquals(List.of(first), table.start(third));
    assertSame(third, answers());
  }

  @Test
  void default_loadedInVainBeforeItWasReplaced_leavesAtOnce() throws Exception {
    RunningVersion first = servingV1();
    hear(V2, undeployed(V1, 1), ready(V2, 2), undeployed(V3, 0));
    hear(V3, undeployed(V1, 1), undeployed(V2, 2), ready(V3, 3));
    RunningVersion second = loaded(V2, 2);
    assertEquals(List.of(second), table.start(second));
    assertSame(first, answers());
  }

  @Test
  void default_changedToOneNotRunningHere_formerAnswersAndStays() throws Exception {
    RunningVersion first = servingV1();
    assertEquals(List.of(), hear(V2, ready(V1, 1), ready(V2, 2)));
    assertSame(first, answers());
    RunningVersion second = loaded(V2, 2);
    assertEquals(List.of(), table.start(second));
    assertSame(second, answers());
    assertSame(first, table.find(MODEL, V1), "it is meant to run");
  }

  @Test
  void standIn_longerThanTheLimit_leaves() throws Exception {
    RunningVersion first = servingV1();
    hear(V2, undeployed(V1, 1), ready(V2, 2));
    nanos.addAndGet(ModelTable.STAND_IN_MAX.toNanos());
    assertEquals(List.of(), table.endStandIns());
    assertSame(first, answers());
    nanos.addAndGet(1);
    assertEquals(List.of(first), table.endStandIns());
    assertNull(answers());
    assertEquals(List.of(), table.endStandIns());
    assertEquals(List.of(), hear(V2, undeployed(V1, 1), ready(V2, 2)));
  }

  @Test
  void standIn_successorFailedOrUndeployed_leaves() throws Exception {
    RunningVersion first = servingV1();
    hear(V2, undeployed(V1, 1), ready(V2, 2));
    assertEquals(List.of(first), hear(V2, undeployed(V1, 1), said(V2, DeploymentState.FAILED, 2)));
    assertNull(answers());
  }

  @Test
  void undeployed_theDefaultItself_leavesAtOnce() throws Exception {
    RunningVersion first = servingV1();
    assertEquals(List.of(first), hear(V1, undeployed(V1, 1), undeployed(V2, 0)));
    assertNull(answers());
  }

  @Test
  void running_deletedOrFailedOrInALaterAttempt_leaves() throws Exception {
    for (List<ModelVersion> word :
        List.of(
            List.<ModelVersion>of(),
            List.of(said(V1, DeploymentState.FAILED, 1)),
            List.of(said(V1, DeploymentState.DEPLOYING, 2)))) {
      var unused = table.remove(MODEL);
      RunningVersion first = servingV1();
      assertEquals(List.of(first), hear(V1, word.toArray(ModelVersion[]::new)), word::toString);
    }
  }

  @Test
  void running_saidToBeInAnEarlierAttempt_stays() throws Exception {
    RunningVersion later = loaded(V1, 3);
    table.start(later);
    assertEquals(List.of(), hear(V1, undeployed(V1, 2)), "what was read is older than the start");
    assertSame(later, table.find(MODEL, V1));
  }

  @Test
  void ready_inALaterAttempt_formerRunsUntilTheLaterDoes() throws Exception {
    RunningVersion first = servingV1();
    assertEquals(List.of(), hear(V1, ready(V1, 2)));
    assertSame(first, answers());
    assertEquals(List.of(new HeldVersion(MODEL, V1, 2)), table.missing());
    RunningVersion later = loaded(V1, 2);
    assertEquals(List.of(first), table.start(later));
    assertSame(later, answers());
  }

  @Test
  void candidate_ofAModelWithoutDefault_answersWhateverIsReadMeanwhile() throws Exception {
    RunningVersion first = loaded(V1, 1);
    table.start(first);
    ModelVersion deploying = said(V1, DeploymentState.DEPLOYING, 1);
    assertEquals(
        List.of(),
        table.catalogue(MODEL, ++ticket, null, ModelAudit.DEFAULT, V1, List.of(deploying)));
    assertSame(first, answers());
    assertEquals(List.of(), hear(null, deploying));
    assertSame(first, answers());
    assertEquals(List.of(), hear(V1, ready(V1, 1)));
    assertSame(first, answers());
    assertFalse(table.standsIn(first));
  }

  @Test
  void lost_whileReady_isNotMissingUntilALaterAttempt() throws Exception {
    RunningVersion first = servingV1();
    assertTrue(table.lose(first));
    assertEquals(List.of("models/slow/versions/v1"), table.lost());
    assertEquals(List.of(), table.missing());
    assertEquals(List.of(new HeldVersion(MODEL, V1, 1)), table.lostWhileReady());
    hear(V1, ready(V1, 2));
    assertEquals(List.of(new HeldVersion(MODEL, V1, 2)), table.missing());
    assertEquals(List.of(), table.lostWhileReady());
    table.start(loaded(V1, 2));
    assertEquals(List.of(), table.lost());
  }

  @Test
  void stop_ofWhatStandsIn_leavesNothing() throws Exception {
    RunningVersion first = servingV1();
    hear(V2, undeployed(V1, 1), ready(V2, 2));
    assertTrue(table.stop(first));
    assertNull(answers());
    assertEquals(V2, entry().defaultVersion());
  }
}
