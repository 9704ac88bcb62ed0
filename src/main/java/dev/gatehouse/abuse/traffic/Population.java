package dev.gatehouse.abuse.traffic;

/** What all watched callers have in common. Used by the thread of the watch alone. */
final class Population {

  private final Course course = new Course();
  private final Windows windows = new Windows();
  private final ModelCosts costs = new ModelCosts();
  private final KeyedHash hash;
  private final TrafficSettings settings;

  /** Filled anew for each call, so that a call makes no garbage. */
  private final long[] values = new long[Columns.COUNT];

  private Peers peers = Peers.NONE;

  Population(TrafficSettings settings, KeyedHash hash) {
    this.settings = settings;
    this.hash = hash;
  }

  /** The time of a reading of the ticker; the common windows move with it. */
  long advance(long nanos) {
    long now = course.advance(nanos);
    windows.advance(now);
    return now;
  }

  /** The time of the last reading. */
  long now() {
    return course.now();
  }

  Windows windows() {
    return windows;
  }

  ModelCosts costs() {
    return costs;
  }

  KeyedHash hash() {
    return hash;
  }

  TrafficSettings settings() {
    return settings;
  }

  long[] values() {
    return values;
  }

  Peers peers() {
    return peers;
  }

  void peers(Peers now) {
    peers = now;
  }
}
