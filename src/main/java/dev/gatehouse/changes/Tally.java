package dev.gatehouse.changes;

/**
 * Finds out whether a change was told by a notification or only found by a poll. A notification may
 * come a moment after its change can be read, so the verdict is left to the next reading. Used by
 * one thread.
 */
final class Tally {

  private static final long NOTHING = -1;

  private long read = NOTHING;
  private long told = NOTHING;
  private long suspected = NOTHING;

  /** What happened while nobody listened was not lost. */
  void reset() {
    read = NOTHING;
    suspected = NOTHING;
  }

  /** A notification said this. */
  void told(long counter) {
    told = Math.max(told, counter);
  }

  /** The counter is this; whether the change before was told by nobody. */
  boolean read(long counter) {
    boolean missed = suspected != NOTHING && told < suspected;
    suspected = read != NOTHING && counter != read && told < counter ? counter : NOTHING;
    read = counter;
    return missed;
  }
}
