package dev.gatehouse.bench;

import dev.gatehouse.access.CrowdedRoom;
import dev.gatehouse.access.Decision;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it costs to know a caller by a token that was verified before and to decide what it may do,
 * with {@link CrowdedRoom#CALLERS} callers and {@link CrowdedRoom#GRANTS} grants in memory.
 *
 * <p>Run by {@link DecisionMain}. Each call is by another of {@link CrowdedRoom#tokens} callers,
 * for one model or another. JMH makes a class of its own of this one, so it cannot be final.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 1,
    jvmArgs = {"-Xms512m", "-Xmx512m"})
@Warmup(iterations = 3, time = 5)
@Measurement(iterations = 5, time = 5)
public class DecisionBench {

  /** Whether everything is loaded anew and swapped in once a second meanwhile. */
  @Param({"false", "true"})
  public boolean refreshed;

  @SuppressWarnings("NullAway.Init") // set before any call
  private CrowdedRoom room;

  @SuppressWarnings("NullAway.Init") // set before any call
  private ScheduledExecutorService refresher;

  private int next;

  /** Loads the room. */
  @Setup(Level.Trial)
  public void start() {
    CrowdedRoom loaded = new CrowdedRoom();
    room = loaded;
    refresher = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());
    if (refreshed) {
      var unused = refresher.scheduleAtFixedRate(loaded::refresh, 1, 1, TimeUnit.SECONDS);
    }
  }

  /** Ends its threads. */
  @TearDown(Level.Trial)
  public void stop() {
    refresher.shutdownNow();
    room.close();
  }

  /** A token on a connection that carried it before, as of a service that calls again and again. */
  @Benchmark
  public Decision sameConnection() {
    return room.decideOnConnection(turn());
  }

  /** A token on a connection that did not carry it before: it is hashed. */
  @Benchmark
  public Decision anotherConnection() {
    return room.decideAnywhere(turn());
  }

  /** The decision alone, for a caller that is known. */
  @Benchmark
  public Decision decisionAlone() {
    return room.decideKnown(turn());
  }

  private int turn() {
    next = (next + 1) % room.tokens();
    return next;
  }
}
