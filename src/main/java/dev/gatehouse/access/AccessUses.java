package dev.gatehouse.access;

import dev.gatehouse.core.ModelName;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;

/**
 * When API keys and grants were last used.
 *
 * <p>A use costs the call a lookup and, once a second for each key or grant, a store: nothing waits
 * and nothing is written to the database, which a thread of this class does every {@link
 * #WRITE_INTERVAL}, in one batch, and once more at the end. So what the database has is at most
 * that old, and a replica that is killed loses that much.
 *
 * <p>At most {@link #USES_MAX} keys and grants are followed at once, those used lately; of more,
 * none is, which is logged.
 */
@Singleton
class AccessUses {

  /** The most keys and pairs of grant and action that are followed at once. */
  static final int USES_MAX = 1 << 18;

  /** How often uses are written to the database. */
  static final Duration WRITE_INTERVAL = Duration.ofSeconds(60);

  /** What was not used for so long is followed no more, until it is used again. */
  static final Duration FOLLOWED_MAX = Duration.ofMinutes(10);

  /** How long those wait who want to see the latest uses in the database. */
  static final Duration FLUSH_WAIT_MAX = Duration.ofSeconds(5);

  private static final Duration STOP_WAIT_MAX = Duration.ofSeconds(10);
  private static final Logger LOG = Logger.getLogger(AccessUses.class);

  /** What can be used. */
  sealed interface Used {
    /**
     * An API key.
     *
     * @param id its name
     */
    record Key(String id) implements Used {}

    /**
     * A grant, for one of its actions.
     *
     * @param model the model it is for
     * @param grant its name there
     * @param action what was done
     */
    record GrantFor(ModelName model, GrantId grant, Action action) implements Used {}
  }

  /**
   * A use that the database may not know of yet.
   *
   * @param used what was used
   * @param epochSecond when it was last used
   */
  record Use(Used used, long epochSecond) {}

  /** Where uses are written. */
  @FunctionalInterface
  interface Sink {
    /**
     * Writes them, later ones over earlier ones and never the other way.
     *
     * @throws RuntimeException if that failed; none or some are written then
     */
    void write(List<Use> uses);
  }

  /** When something was last used, in seconds; and up to when that is written. */
  private static final class Stamp {
    private final AtomicLong used;

    /** The writing thread's own. */
    private long written = Long.MIN_VALUE;

    Stamp(long epochSecond) {
      used = new AtomicLong(epochSecond);
    }

    /** A clock set back changes nothing; two threads may both store, which does no harm. */
    void use(long epochSecond) {
      if (used.getOpaque() < epochSecond) {
        used.setOpaque(epochSecond);
      }
    }
  }

  private final Sink sink;
  private final InstantSource clock;
  private final int usesMax;
  private final ConcurrentHashMap<Used, Stamp> stamps = new ConcurrentHashMap<>();
  private final AtomicLong notFollowed = new AtomicLong();
  private final ScheduledExecutorService writer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("access-uses").factory());

  @Inject
  AccessUses(UseRows sink, InstantSource clock) {
    this(sink, clock, USES_MAX);
  }

  AccessUses(Sink sink, InstantSource clock, int usesMax) {
    this.sink = sink;
    this.clock = clock;
    this.usesMax = usesMax;
  }

  /** Starts writing. */
  void start() {
    long millis = WRITE_INTERVAL.toMillis();
    writer.scheduleWithFixedDelay(this::write, millis, millis, TimeUnit.MILLISECONDS);
  }

  /** Writes what there is and ends; waits for the database, if it answers at all. */
  void stop() {
    if (writer.isShutdown()) {
      return;
    }
    writer.shutdown();
    try {
      if (writer.awaitTermination(STOP_WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        write();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Writes what was used until now, waiting for it a moment; without the database it comes later.
   */
  void flush() {
    try {
      writer.submit(this::write).get(FLUSH_WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException | ExecutionException | TimeoutException e) {
      LOG.debugf("Uses are written later: %s", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** An API key was accepted. */
  void apiKeyUsed(String id) {
    used(new Used.Key(id));
  }

  /** A grant allowed something that was then done. */
  void grantUsed(ModelName model, GrantId grant, Action action) {
    used(new Used.GrantFor(model, grant, action));
  }

  private void used(Used used) {
    long now = Math.floorDiv(clock.millis(), 1_000);
    Stamp stamp = stamps.get(used);
    if (stamp != null) {
      stamp.use(now);
    } else if (stamps.mappingCount() < usesMax) {
      stamps.computeIfAbsent(used, key -> new Stamp(now)).use(now);
    } else {
      notFollowed.getAndIncrement();
    }
  }

  /** When this process saw it used last; empty if it did not, lately. */
  Optional<Instant> lastUseTime(Used used) {
    Stamp stamp = stamps.get(used);
    return stamp == null
        ? Optional.empty()
        : Optional.of(Instant.ofEpochSecond(stamp.used.getOpaque()));
  }

  /** The later of what the database knows and what this process does. */
  Optional<Instant> lastUseTime(Used used, Optional<Instant> written) {
    Optional<Instant> seen = lastUseTime(used);
    return seen.isPresent() && written.filter(seen.get()::isBefore).isEmpty() ? seen : written;
  }

  /**
   * Writes what was used since the last time; what could not be written waits for the next. For one
   * thread at a time: the writer, and after its end the one that stops it.
   */
  void write() {
    List<Use> batch = new ArrayList<>();
    stamps.forEach(
        (used, stamp) -> {
          long last = stamp.used.getOpaque();
          if (last > stamp.written) {
            batch.add(new Use(used, last));
          }
        });
    try {
      if (!batch.isEmpty()) {
        sink.write(batch);
      }
    } catch (RuntimeException e) {
      LOG.warnf("Cannot write when keys and grants were last used: %s", e.toString());
      return;
    }
    for (Use use : batch) {
      Stamp stamp = stamps.get(use.used());
      if (stamp != null) {
        stamp.written = use.epochSecond();
      }
    }
    forgetUnused();
    long missed = notFollowed.getAndSet(0);
    if (missed > 0) {
      LOG.warnf("%d uses of keys and grants were not followed: there are too many", missed);
    }
  }

  /** A use in this very instant may be lost; the next one of the same is not. */
  private void forgetUnused() {
    long limit = clock.instant().minus(FOLLOWED_MAX).getEpochSecond();
    stamps
        .values()
        .removeIf(stamp -> stamp.used.getOpaque() < limit && stamp.written != Long.MIN_VALUE);
  }
}
