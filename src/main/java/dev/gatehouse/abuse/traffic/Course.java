package dev.gatehouse.abuse.traffic;

/**
 * The course of time as the watch counts it: nanoseconds that begin at 0 and never go back, made
 * from readings of a ticker that may be late, start anywhere, wrap, or be set back.
 *
 * <p>A reading that is late by less than {@link #LATE_NANOS_MAX} is one of another thread and
 * counts as now. A reading further back is a ticker that was set back: time stands still at that
 * moment and goes on from there, so that no window freezes and none is counted twice.
 */
final class Course {

  /** How late a reading may be: 60 s. */
  static final long LATE_NANOS_MAX = 60_000_000_000L;

  private long last;
  private long now;
  private boolean begun;

  /** Takes a reading and returns the time, which is never before the one returned last. */
  long advance(long reading) {
    long delta = begun ? reading - last : 0;
    begun = true;
    if (delta > 0) {
      now += delta;
    }
    if (delta >= 0 || delta < -LATE_NANOS_MAX) {
      last = reading;
    }
    return now;
  }

  /** The time returned last. */
  long now() {
    return now;
  }
}
