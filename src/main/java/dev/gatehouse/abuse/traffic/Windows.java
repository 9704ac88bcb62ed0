package dev.gatehouse.abuse.traffic;

/** The three sliding windows of one caller, or of all together: 10 s, 10 minutes and a day. */
final class Windows {

  static final long SECOND_NANOS = 1_000_000_000L;

  /** 10 s, as buckets of a second. */
  static final int SHORT_PLACES = 10;

  static final long SHORT_BUCKET_NANOS = SECOND_NANOS;

  /** 10 minutes, as buckets of 10 s. */
  static final int MEDIUM_PLACES = 60;

  static final long MEDIUM_BUCKET_NANOS = 10 * SECOND_NANOS;

  /** 24 hours, as buckets of 10 minutes. */
  static final int DAY_PLACES = 144;

  static final long DAY_BUCKET_NANOS = 600 * SECOND_NANOS;

  private final Ring lastSeconds = new Ring(SHORT_PLACES, SHORT_BUCKET_NANOS, Columns.COUNT);
  private final Ring lastMinutes = new Ring(MEDIUM_PLACES, MEDIUM_BUCKET_NANOS, Columns.COUNT);
  private final Ring lastDay = new Ring(DAY_PLACES, DAY_BUCKET_NANOS, Columns.OF_A_DAY);

  void advance(long now) {
    lastSeconds.advance(now);
    lastMinutes.advance(now);
    lastDay.advance(now);
  }

  /** Adds one value for each of the {@link Columns}. */
  void add(long[] values) {
    lastSeconds.add(values);
    lastMinutes.add(values);
    lastDay.add(values);
  }

  Ring lastSeconds() {
    return lastSeconds;
  }

  Ring lastMinutes() {
    return lastMinutes;
  }

  Ring lastDay() {
    return lastDay;
  }
}
