package dev.gatehouse.changes;

import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Calls subscribers when something has changed, whichever replica changed it.
 *
 * <p>A subscriber is called at least once after every committed change of its topic, and after
 * every connect to the database; never twice at once, and on a thread that it must not hold up.
 * Usually it is called some milliseconds after the commit; where the notification is lost, within
 * {@link ChangesSettings#pollInterval}; where the connection is lost, once there is one again.
 */
public final class Changes implements AutoCloseable {

  /** How long an answer of the database may take before the connection counts as lost. */
  public static final Duration ANSWER_MAX = Duration.ofSeconds(5);

  /** The pause before the first attempt to connect again; it doubles with every further one. */
  public static final Duration RETRY_MIN = Duration.ofMillis(100);

  /** The longest pause between two attempts to connect. */
  public static final Duration RETRY_MAX = Duration.ofSeconds(2);

  /** The channel of PostgreSQL that the triggers notify. */
  static final String CHANNEL = "gatehouse_changes";

  private static final Logger LOG = Logger.getLogger(Changes.class);

  private final ChangesSettings settings;
  private final Thread thread;
  private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();
  private final AtomicLong notifications = new AtomicLong();
  private final AtomicLong missed = new AtomicLong();
  private volatile @Nullable ListeningConnection connection;
  private volatile boolean closing;

  /** Used by the thread alone. */
  private final Map<Topic, Tally> tallies = new EnumMap<>(Topic.class);

  /** Used by the thread alone. */
  private Duration pause = RETRY_MIN;

  /** Used by the thread alone; so that a database which is away is logged once. */
  private boolean failing;

  /** Connects to nothing yet; {@link #start} does. */
  public Changes(ChangesSettings settings) {
    this.settings = settings;
    this.thread = Thread.ofPlatform().name("changes").daemon(true).unstarted(this::run);
    for (Topic topic : Topic.values()) {
      tallies.put(topic, new Tally());
    }
  }

  /**
   * Has {@code subscriber} called after changes of {@code topic}, and once soon, since it may have
   * missed some. It returns at once; one that throws is called again.
   */
  public void subscribe(Topic topic, Runnable subscriber) {
    subscriptions.add(new Subscription(topic, subscriber));
  }

  /** Begins to listen, in the background; a database that is away is waited for. */
  public void start() {
    thread.start();
  }

  /** Whether there is a connection that listens. */
  public boolean listening() {
    return connection != null;
  }

  /** The notifications that have come. */
  public long notifications() {
    return notifications.get();
  }

  /** The times a poll found a change that no notification had told. */
  public long missed() {
    return missed.get();
  }

  /** Ends the thread and the connection; subscribers are not called any more after that. */
  @Override
  public void close() {
    closing = true;
    thread.interrupt();
    ListeningConnection open = connection;
    if (open != null) {
      open.abort();
    }
    try {
      boolean ignored = thread.join(ANSWER_MAX);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (!closing) {
      try (ListeningConnection open = ListeningConnection.open(settings)) {
        connection = open;
        listen(open);
      } catch (SQLException | RuntimeException | Error e) {
        lost(e);
      } finally {
        connection = null;
      }
      pause();
    }
  }

  /** Whatever happened while nobody listened: everybody looks. */
  private void listen(ListeningConnection open) throws SQLException {
    subscriptions.forEach(Subscription::forget);
    tallies.values().forEach(Tally::reset);
    while (!closing) {
      deliver(open.counters());
      for (Notification one : open.await(settings.pollInterval())) {
        notifications.incrementAndGet();
        if (one != null) {
          tally(one.topic()).told(one.counter());
        }
      }
    }
  }

  private void deliver(Map<Topic, Long> counters) {
    if (failing) {
      LOG.info("Changes are being heard of again");
    }
    failing = false;
    pause = RETRY_MIN;
    counters.forEach(
        (topic, counter) -> {
          if (tally(topic).read(counter)) {
            missed.incrementAndGet();
          }
        });
    for (Subscription subscription : subscriptions) {
      subscription.tell(counters);
    }
  }

  private Tally tally(Topic topic) {
    return tallies.computeIfAbsent(topic, absent -> new Tally());
  }

  private void lost(Throwable cause) {
    if (!failing && !closing) {
      LOG.warnf("Changes of other replicas cannot be heard of: %s", cause.toString());
    }
    failing = true;
  }

  private void pause() {
    if (closing) {
      return;
    }
    try {
      Thread.sleep(pause);
    } catch (InterruptedException e) {
      LOG.debug("interrupted to end");
    }
    Duration doubled = pause.multipliedBy(2);
    pause = doubled.compareTo(RETRY_MAX) < 0 ? doubled : RETRY_MAX;
  }
}
