package dev.gatehouse.access;

import dev.gatehouse.core.Ticker;
import io.github.bucket4j.TimeMeter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The time of the database, by which all replicas refill the shared buckets, so that a replica
 * whose own clock is wrong neither grants more nor keeps the others waiting.
 *
 * <p>It is asked at times, and counted on with the monotonic clock in between. What an answer takes
 * makes it imprecise by less than that; a bucket that is looked at with an earlier time than before
 * is not refilled, so that no time counts twice.
 */
final class QuotaClock implements TimeMeter {

  /** How long it is counted on without asking. */
  static final Duration READING_AGE_MAX = Duration.ofSeconds(30);

  private static final String SQL =
      "select (extract(epoch from clock_timestamp()) * 1000000)::bigint";

  private final DataSource database;
  private final Ticker ticker;
  private volatile @Nullable Reading reading;

  /** The database's time in nanoseconds since 1970 when the ticker read {@code tickerNanos}. */
  private record Reading(long epochNanos, long tickerNanos) {}

  QuotaClock(DataSource database, Ticker ticker) {
    this.database = database;
    this.ticker = ticker;
  }

  /** Asks the database unless it was asked lately; to be called before the time is needed. */
  void sync() throws SQLException {
    Reading last = reading;
    if (last != null && ticker.nanos() - last.tickerNanos() < READING_AGE_MAX.toNanos()) {
      return;
    }
    try (Connection connection = database.getConnection();
        PreparedStatement statement = connection.prepareStatement(SQL)) {
      statement.setQueryTimeout((int) QuotaTable.ANSWER_MAX.toSeconds());
      long before = ticker.nanos();
      try (ResultSet row = statement.executeQuery()) {
        long half = (ticker.nanos() - before) / 2;
        row.next();
        reading = new Reading(row.getLong(1) * 1_000, before + half);
      }
    }
  }

  @Override
  public long currentTimeNanos() {
    Reading last = reading;
    if (last == null) {
      throw new IllegalStateException("the database was not asked yet");
    }
    return last.epochNanos() + (ticker.nanos() - last.tickerNanos());
  }

  @Override
  public boolean isWallClockBased() {
    return true;
  }
}
