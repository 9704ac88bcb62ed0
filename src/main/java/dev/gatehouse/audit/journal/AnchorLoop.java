package dev.gatehouse.audit.journal;

import dev.gatehouse.audit.Anchors;
import dev.gatehouse.core.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The body of the thread that tells the control log what the journal holds, in order; it may block
 * on the database.
 */
final class AnchorLoop implements Runnable {

  private static final Logger LOG = Logger.getLogger(AnchorLoop.class);

  /** How long it sleeps at most; it is woken when there is something to do. */
  private static final Duration SLEEP_MAX = Duration.ofSeconds(30);

  private static final long RETRY_NANOS_MIN = Duration.ofMillis(50).toNanos();

  private final JournalFolder folder;
  private final JournalSettings settings;
  private final Anchors anchors;
  private final Unanchored unanchored;
  private final SegmentChain segments;
  private final Gate gate;
  private final Ticker ticker;
  private final Medium medium;

  private volatile @Nullable Thread thread;
  private volatile boolean ending;
  private volatile boolean orderly;
  private volatile boolean closed;
  private volatile boolean failing;
  private long endNanos;
  private long retryNanos;
  private volatile long anchoredSegments;

  AnchorLoop(
      JournalFolder folder,
      JournalSettings settings,
      Anchors anchors,
      Unanchored unanchored,
      SegmentChain segments,
      Gate gate,
      Ticker ticker,
      Medium medium) {
    this.folder = folder;
    this.settings = settings;
    this.anchors = anchors;
    this.unanchored = unanchored;
    this.segments = segments;
    this.gate = gate;
    this.ticker = ticker;
    this.medium = medium;
  }

  void wake() {
    LockSupport.unpark(thread);
  }

  /**
   * Tells it to end when all is anchored, or after a time.
   *
   * @param complete whether every segment was closed, so that the end can be anchored too
   */
  void end(boolean complete) {
    endNanos = ticker.nanos() + settings.closeWaitMax().toNanos();
    orderly = complete;
    ending = true;
    wake();
  }

  /** How many segments are anchored. */
  long anchoredSegments() {
    return anchoredSegments;
  }

  /** Whether the last attempt to reach the control log failed. */
  boolean failing() {
    return failing;
  }

  @Override
  public void run() {
    thread = Thread.currentThread();
    while (!closed) {
      long pause = SLEEP_MAX.toNanos();
      try {
        round();
        succeeded();
      } catch (Throwable failure) {
        pause = failed(failure);
      }
      if (ending && (closed || ticker.nanos() - endNanos >= 0)) {
        return;
      }
      if (failing || (unanchored.segments() == 0 && !ending)) {
        LockSupport.parkNanos(this, pause);
      }
    }
  }

  private void round() throws IOException {
    // Read once: what is queued after it was set is then still anchored below.
    boolean last = ending;
    announce();
    anchorClosed();
    if (last) {
      finish();
    }
  }

  /** Makes the journal known. */
  void announce() {
    if (gate.has(Gate.UNANNOUNCED)) {
      anchors.opened(folder.id().value());
      gate.reopen(Gate.UNANNOUNCED);
    }
  }

  private void anchorClosed() {
    for (Unanchored.Waiting next = unanchored.oldest(); next != null; next = unanchored.oldest()) {
      anchors.anchored(next.segment());
      anchoredSegments = next.segment().number() + 1;
      unanchored.removeOldest();
    }
  }

  private void finish() throws IOException {
    if (orderly) {
      anchors.closed(
          folder.id().value(),
          segments.closedSegments(),
          segments.closedEntries(),
          segments.lastFooter(),
          true);
      Recovery.mark(folder, medium);
    }
    closed = true;
  }

  private void succeeded() {
    if (failing) {
      failing = false;
      LOG.info("The control log can be written again");
    }
    retryNanos = 0;
  }

  private long failed(Throwable failure) {
    if (!failing) {
      failing = true;
      LOG.error("Segments of the audit journal cannot be anchored", failure);
    }
    long most = settings.retryDelayMax().toNanos();
    retryNanos = Math.clamp(2 * retryNanos, Math.min(RETRY_NANOS_MIN, most), most);
    return retryNanos;
  }
}
