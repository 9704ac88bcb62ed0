package dev.gatehouse.audit.control;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.gatehouse.audit.ControlEvent;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Events that wait to be written without anybody waiting for them. Equal ones that wait together
 * become one entry with their number, so that a flood of refusals does not become a flood of
 * entries: at most {@link #BATCH_MAX} are written every {@link #PAUSE}.
 */
final class Refusals implements AutoCloseable {

  /** The most entries that wait. */
  static final int PENDING_MAX = 1_000;

  /** The most entries of one caller that wait and differ in their resource. */
  static final int OF_CALLER_MAX = 16;

  /** The most entries of one transaction. */
  static final int BATCH_MAX = 100;

  /** The time between two transactions. */
  static final Duration PAUSE = Duration.ofSeconds(1);

  /** Stands for the resources of events that are told as one. */
  static final String SEVERAL = "*";

  private static final Logger LOG = Logger.getLogger(Refusals.class);
  private static final String THREAD_NAME = "gatehouse-control-log";
  private static final Duration CLOSE_WAIT_MAX = Duration.ofSeconds(5);

  /** Writes entries in one transaction. */
  interface Writing {
    /**
     * Writes them.
     *
     * @param dropped how many events were not kept since that was last told, which is told now
     */
    void write(List<Draft> drafts, long dropped) throws SQLException;
  }

  /** What equal events have in common. */
  private record Same(@Nullable CallerId caller, String action, String outcome, String resource) {}

  private record Waiting(ControlEvent event, long timeMicros, long count) {
    Waiting more(long by) {
      return new Waiting(event, timeMicros, count + by);
    }
  }

  private final Writing writing;
  private final String replica;
  private final Thread thread;
  private final CountDownLatch closing = new CountDownLatch(1);

  @GuardedBy("this")
  private final Map<Same, Waiting> waiting = new LinkedHashMap<>();

  /** How many of those that wait are a caller's. */
  @GuardedBy("this")
  private final Map<CallerId, Integer> ofCaller = new HashMap<>();

  @GuardedBy("this")
  private long dropped;

  @GuardedBy("this")
  private long droppedTold;

  /** Used by the thread alone; so that a database which is away is logged once. */
  private boolean failing;

  Refusals(Writing writing, String replica) {
    this.writing = writing;
    this.replica = replica;
    this.thread = Thread.ofPlatform().daemon().name(THREAD_NAME).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** How many events were not kept. */
  synchronized long dropped() {
    return dropped;
  }

  /** Keeps an event to be written, if there is room. */
  synchronized void offer(ControlEvent event, long timeMicros) {
    Caller caller = event.caller();
    CallerId id = caller == null ? null : caller.id();
    Same exact = new Same(id, event.action(), event.outcome(), event.resource());
    if (more(exact, 1)) {
      return;
    }
    boolean many = id != null && ofCaller.getOrDefault(id, 0) >= OF_CALLER_MAX;
    Same same = many ? new Same(id, event.action(), event.outcome(), SEVERAL) : exact;
    if (many && more(same, 1)) {
      return;
    }
    if (closed() || waiting.size() >= PENDING_MAX) {
      dropped++;
    } else {
      put(same, new Waiting(many ? several(event) : event, timeMicros, 1));
    }
    notifyAll();
  }

  @GuardedBy("this")
  private boolean more(Same same, long by) {
    return waiting.computeIfPresent(same, (key, known) -> known.more(by)) != null;
  }

  @GuardedBy("this")
  private void put(Same same, Waiting one) {
    waiting.put(same, one);
    if (same.caller() != null) {
      ofCaller.merge(same.caller(), 1, Integer::sum);
    }
  }

  private static ControlEvent several(ControlEvent event) {
    return new ControlEvent(
        event.caller(),
        event.action(),
        SEVERAL,
        null,
        event.outcome(),
        event.latencyNanos(),
        event.trace());
  }

  private void run() {
    try {
      while (awaitEvents()) {
        write();
        boolean ignored = closing.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      LOG.debugf("interrupted: %s", e.toString());
    }
  }

  /** Waits for something to write; false when nothing will be written any more. */
  private synchronized boolean awaitEvents() throws InterruptedException {
    while (nothingToWrite() && !closed()) {
      wait();
    }
    // What cannot be written while closing is given up.
    return !(closed() && (failing || nothingToWrite()));
  }

  @GuardedBy("this")
  private boolean nothingToWrite() {
    return waiting.isEmpty() && dropped == droppedTold;
  }

  private boolean closed() {
    return closing.getCount() == 0;
  }

  // A thread that died would leave refusals unwritten for ever: nothing may end its loop.
  private void write() {
    Map<Same, Waiting> batch = new LinkedHashMap<>();
    long droppedNow = take(batch);
    try {
      List<Draft> drafts = new ArrayList<>(batch.size());
      for (Waiting one : batch.values()) {
        drafts.add(Draft.change(one.timeMicros(), one.event(), one.count(), replica));
      }
      writing.write(drafts, droppedNow);
      failing = false;
    } catch (SQLException | RuntimeException | Error e) {
      putBack(batch, droppedNow);
      if (!failing) {
        LOG.warnf("refusals cannot be written to the control log: %s", e.toString());
      }
      failing = true;
    }
  }

  private synchronized long take(Map<Same, Waiting> batch) {
    Iterator<Map.Entry<Same, Waiting>> oldest = waiting.entrySet().iterator();
    while (oldest.hasNext() && batch.size() < BATCH_MAX) {
      Map.Entry<Same, Waiting> one = oldest.next();
      batch.put(one.getKey(), one.getValue());
      oldest.remove();
      CallerId caller = one.getKey().caller();
      if (caller != null) {
        ofCaller.computeIfPresent(caller, (id, count) -> count == 1 ? null : count - 1);
      }
    }
    long untold = dropped - droppedTold;
    droppedTold = dropped;
    return untold;
  }

  /** They wait again, behind those that came meanwhile; those of a batch exceed the bound then. */
  private synchronized void putBack(Map<Same, Waiting> batch, long droppedNow) {
    droppedTold -= droppedNow;
    batch.forEach(
        (same, one) -> {
          if (!more(same, one.count())) {
            put(same, one);
          }
        });
  }

  @Override
  public void close() {
    closing.countDown();
    synchronized (this) {
      notifyAll();
    }
    try {
      if (thread.isAlive() && !thread.join(CLOSE_WAIT_MAX)) {
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
