package dev.gatehouse.scheduling;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Runs many {@link Schedule}s, and cuts one that breaks a rule down to the events it takes. */
final class Schedules {

  private static final int TRACE_MAX = 60;

  /** Kept, since loggers are only weakly held; failures are on purpose here. */
  private static final Logger LOGGER = Logger.getLogger("dev.gatehouse.scheduling");

  long events;
  long compared;
  double closest;

  /** Runs the schedules of so many seeds. */
  void run(long firstSeed, int count) {
    Level before = LOGGER.getLevel();
    LOGGER.setLevel(Level.OFF);
    try {
      for (long seed = firstSeed; seed < firstSeed + count; seed++) {
        run(seed);
      }
    } finally {
      LOGGER.setLevel(before);
    }
  }

  private void run(long seed) {
    Schedule schedule = new Schedule(seed, new BitSet(), null);
    try {
      schedule.run();
    } catch (Throwable failure) {
      throw new AssertionError("seed " + seed + ": " + failure + minimal(seed, failure), failure);
    }
    events += schedule.events;
    compared += schedule.shares.compared;
    closest = Math.max(closest, schedule.shares.closest);
  }

  /** The events without which the same rule is not broken. */
  private static String minimal(long seed, Throwable failure) {
    BitSet leftOut = new BitSet();
    for (int step = Schedule.STEPS - 1; step >= 0; step--) {
      leftOut.set(step);
      Throwable now = failure(seed, leftOut, null);
      leftOut.set(step, now != null && rule(now).equals(rule(failure)));
    }
    List<String> trace = new ArrayList<>();
    Throwable last = failure(seed, leftOut, trace);
    List<String> end = trace.subList(Math.max(0, trace.size() - TRACE_MAX), trace.size());
    return "\n" + trace.getFirst() + "\n" + String.join("\n", end) + "\n" + last;
  }

  private static @Nullable Throwable failure(
      long seed, BitSet leftOut, @Nullable List<String> trace) {
    try {
      new Schedule(seed, leftOut, trace).run();
      return null;
    } catch (Throwable failure) {
      return failure;
    }
  }

  private static String rule(Throwable failure) {
    return failure instanceof ScheduleBrokenError broken ? broken.rule() : failure.toString();
  }
}
