package dev.gatehouse.abuse.traffic;

/**
 * The keys seen last, at most as many as its capacity; beyond it the one not seen for longest is
 * forgotten.
 *
 * <p>Exact as long as there are no more keys than places, and then never an underestimate of how
 * many are new. Nothing in it depends on how keys are spread, so no choice of keys makes it slow: a
 * look-up compares with each place at most. State: 24 bytes a place.
 */
final class RecentKeys {

  private final long[] keys;
  private final long[] seen;
  private final long[] first;
  private int size;
  private int at;

  RecentKeys(int capacity) {
    keys = new long[capacity];
    seen = new long[capacity];
    first = new long[capacity];
  }

  /** Sees a key at {@code now}; whether it was not held before. */
  boolean see(long key, long now) {
    boolean held = find(key);
    if (!held) {
      at = size < keys.length ? size++ : oldest();
      keys[at] = key;
      first[at] = now;
    }
    seen[at] = now;
    return !held;
  }

  /** The place of the key that was seen last, below the capacity; it keeps it until forgotten. */
  int place() {
    return at;
  }

  /** When the key that was seen last was first seen, as far as it is remembered. */
  long firstSeen() {
    return first[at];
  }

  /** How many keys are held. */
  int size() {
    return size;
  }

  /** How many of them were seen at {@code time} or later; at most the capacity. */
  int seenSince(long time) {
    return countSince(seen, time);
  }

  /** How many of them were first seen at {@code time} or later. */
  int newSince(long time) {
    return countSince(first, time);
  }

  private int countSince(long[] times, long time) {
    int count = 0;
    for (int i = 0; i < size; i++) {
      if (times[i] >= time) {
        count++;
      }
    }
    return count;
  }

  private boolean find(long key) {
    if (at < size && keys[at] == key) {
      return true;
    }
    for (int i = 0; i < size; i++) {
      if (keys[i] == key) {
        at = i;
        return true;
      }
    }
    return false;
  }

  private int oldest() {
    int oldest = 0;
    for (int i = 1; i < size; i++) {
      if (seen[i] < seen[oldest]) {
        oldest = i;
      }
    }
    return oldest;
  }
}
