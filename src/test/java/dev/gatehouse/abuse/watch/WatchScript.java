package dev.gatehouse.abuse.watch;

import dev.gatehouse.abuse.Alarm;
import dev.gatehouse.abuse.AlarmListener;
import dev.gatehouse.abuse.CallerView;
import dev.gatehouse.abuse.Judge;
import dev.gatehouse.abuse.Severity;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.metrics.ContentSeen;
import dev.gatehouse.metrics.TrafficSeen;
import dev.gatehouse.testing.TestCallers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A watch whose thread is the test's and whose clocks stand until the test moves them. */
final class WatchScript implements Judge, AlarmListener, Board {

  static final long MILLI = 1_000_000L;
  static final long SECOND = 1_000 * MILLI;
  static final ModelName MODEL = new ModelName("digits");
  static final CallerId ANNA = new CallerId("anna");
  static final CallerId BERT = new CallerId("bert");
  static final int WIDTH = 4;

  final List<CallerView> judged = new ArrayList<>();
  final List<Alarm> alarms = new ArrayList<>();
  private final Map<CallerId, TrafficSeen> traffic = new HashMap<>();
  private final Map<CallerId, List<ContentSeen>> contents = new HashMap<>();
  final Watch watch;
  long dropped;
  @Nullable RuntimeException judgeFault;
  @Nullable RuntimeException boardFault;
  private final Random random = new Random(11);
  private long nanos = Long.MAX_VALUE - 5 * SECOND;
  private Instant at = Instant.parse("2026-03-02T10:00:00Z");

  WatchScript(WatchSettings settings) {
    watch = new Watch(settings, this, this, this, () -> nanos, () -> at, new Random(3));
  }

  static WatchSettings settings() {
    return new WatchSettings(16, 4, 2_000, 1_000, Map.of(), null);
  }

  void pass(long duration) {
    nanos += duration;
    at = at.plusNanos(duration);
  }

  /** Lets time pass as the thread of the watch sees it. */
  void run(long duration) {
    for (long passed = 0; passed < duration; passed += 20 * MILLI) {
      pass(20 * MILLI);
      watch.tick();
    }
  }

  static Caller caller(CallerId id) {
    return TestCallers.caller(id, new TeamName("team"), Set.of(), "0123456789abcdef", Instant.MAX);
  }

  void call(CallerId caller) {
    call(caller, "digits", Outcome.OK);
  }

  void call(CallerId caller, String model, Outcome outcome) {
    watch.ended(new EndedCall(caller(caller), model, outcome, 2, 100, MILLI, MILLI / 2, nanos));
  }

  /** An answered call that takes so long, and so much of a device. */
  void call(CallerId caller, long latency, long compute) {
    watch.ended(
        new EndedCall(caller(caller), "digits", Outcome.OK, 2, 100, latency, compute, nanos));
  }

  void answer(CallerId caller, ModelName model, int rows) {
    watch.answered(caller, model, List.of(input(rows)), List.of(scores(rows)));
  }

  /** Rows unlike any other. */
  Tensor input(int rows) {
    ByteBuffer data = ByteBuffer.allocate(4 * WIDTH * rows).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < WIDTH * rows; i++) {
      data.putFloat(random.nextFloat());
    }
    return new Tensor("x", Datatype.FP32, Shape.of(rows, WIDTH), data.flip());
  }

  Tensor scores(int rows) {
    ByteBuffer data = ByteBuffer.allocate(8 * rows).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < rows; i++) {
      data.putFloat(0.9f).putFloat(0.1f);
    }
    return new Tensor("y", Datatype.FP32, Shape.of(rows, 2), data.flip());
  }

  CallerView view(CallerId caller) {
    return watch.view(caller).orElseThrow();
  }

  /** What is shown of a caller's traffic. */
  TrafficSeen traffic(CallerId caller) {
    return Objects.requireNonNull(traffic.get(caller));
  }

  /** What was shown of a caller's rows, in order. */
  List<ContentSeen> contents(CallerId caller) {
    return Objects.requireNonNull(contents.get(caller));
  }

  /** Rows of a caller that were looked at. */
  long looked(CallerId caller) {
    return view(caller).contents().values().stream().mapToLong(s -> s.observedRows()).sum();
  }

  @Override
  public List<Alarm> judge(CallerView view) {
    if (judgeFault != null && view.caller().equals(ANNA)) {
      throw judgeFault;
    }
    judged.add(view);
    return List.of(
        new Alarm("rule", Severity.WARNING, view.caller(), null, "evidence", view.traffic().at()));
  }

  @Override
  public void alarm(Alarm alarm) {
    alarms.add(alarm);
  }

  @Override
  public void trafficSeen(CallerId caller, TrafficSeen seen) {
    if (boardFault != null) {
      throw boardFault;
    }
    traffic.put(caller, seen);
  }

  @Override
  public void contentSeen(CallerId caller, ModelName model, ContentSeen seen) {
    contents.computeIfAbsent(caller, id -> new ArrayList<>()).add(seen);
  }

  @Override
  public void observationsDropped(long count) {
    dropped += count;
  }
}
