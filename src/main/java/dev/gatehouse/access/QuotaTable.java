package dev.gatehouse.access;

import dev.gatehouse.core.Ticker;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.VerboseResult;
import io.github.bucket4j.distributed.BucketProxy;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.jdbc.PrimaryKeyMapper;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.postgresql.Bucket4jPostgreSQL;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import javax.sql.DataSource;

/**
 * The buckets in {@code access_quota_buckets}, one row each, locked while it is changed: {@code
 * SELECT … FOR UPDATE} by Bucket4j.
 *
 * <p>A bucket's row says after how long it would be full; once it has been for {@link #KEEP}, it
 * goes, since a bucket that does not exist is full too.
 */
final class QuotaTable implements QuotaBuckets {

  /** How long one question may take. */
  static final Duration ANSWER_MAX = Duration.ofSeconds(2);

  /** How long a full bucket is kept. */
  static final Duration KEEP = Duration.ofHours(1);

  /** The most rows that one cleaning removes; what is more goes with the next. */
  static final int REMOVED_MAX = 10_000;

  private static final String TABLE = "access_quota_buckets";

  /** By the time of the database, which no replica's wrong clock hurries. */
  private static final String CLEAN =
      "delete from access_quota_buckets where id in (select id from access_quota_buckets where"
          + " expires_at < (extract(epoch from clock_timestamp()) * 1000)::bigint"
          + " limit ? for update skip locked)";

  private final DataSource database;
  private final QuotaClock clock;
  private final ProxyManager<String> buckets;

  QuotaTable(DataSource database, Ticker ticker) {
    this.database = database;
    this.clock = new QuotaClock(database, ticker);
    this.buckets =
        Bucket4jPostgreSQL.selectForUpdateBasedBuilder(database)
            .primaryKeyMapper(PrimaryKeyMapper.STRING)
            .table(TABLE)
            .idColumn("id")
            .stateColumn("state")
            .expiresAtColumn("expires_at")
            .clientClock(clock)
            .requestTimeout(ANSWER_MAX)
            .expirationAfterWrite(
                ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(KEEP))
            .build();
  }

  @Override
  public Draw draw(String bucket, QuotaLimit limit, long wanted) {
    VerboseResult<Long> result =
        proxy(bucket, limit).asVerbose().tryConsumeAsMuchAsPossible(wanted);
    return new Draw(
        result.getValue(), result.getDiagnostics().getAvailableTokens(), nanosToMidnight());
  }

  @Override
  public void giveBack(String bucket, QuotaLimit limit, long tokens) {
    proxy(bucket, limit).addTokens(tokens);
  }

  @Override
  public void removeExpired() {
    try (Connection connection = database.getConnection();
        PreparedStatement statement = connection.prepareStatement(CLEAN)) {
      statement.setInt(1, REMOVED_MAX);
      statement.setQueryTimeout((int) ANSWER_MAX.toSeconds());
      int ignored = statement.executeUpdate();
    } catch (SQLException e) {
      throw new IllegalStateException("full buckets could not be removed", e);
    }
  }

  private BucketProxy proxy(String bucket, QuotaLimit limit) {
    try {
      clock.sync();
    } catch (SQLException e) {
      throw new IllegalStateException("the database did not tell its time", e);
    }
    return buckets.getProxy(bucket, () -> configuration(limit, now()));
  }

  /** What {@code limit} is as a bucket that is made at {@code now}. */
  static BucketConfiguration configuration(QuotaLimit limit, Instant now) {
    return BucketConfiguration.builder().addLimit(bandwidth(limit, now)).build();
  }

  /** The only bandwidth of such a bucket. */
  static Bandwidth bandwidth(QuotaLimit limit, Instant now) {
    var capacity = Bandwidth.builder().capacity(limit.capacity());
    return limit.daily()
        ? capacity
            .refillIntervallyAligned(limit.capacity(), Duration.ofDays(1), midnight(now))
            .build()
        : capacity.refillGreedy(limit.perSecond(), Duration.ofSeconds(1)).build();
  }

  /** The first midnight in UTC after {@code now}. */
  static Instant midnight(Instant now) {
    return LocalDate.ofInstant(now, ZoneOffset.UTC)
        .plusDays(1)
        .atStartOfDay(ZoneOffset.UTC)
        .toInstant();
  }

  private Instant now() {
    return Instant.EPOCH.plusNanos(clock.currentTimeNanos());
  }

  private long nanosToMidnight() {
    Instant now = now();
    return Duration.between(now, midnight(now)).toNanos();
  }
}
