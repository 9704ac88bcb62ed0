package dev.gatehouse.audit;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The body of the writer thread: takes entries from the backlog, writes them in batches, and gives
 * their places back.
 *
 * <p>It sleeps while there is nothing to write. The first entry wakes it, and it then lets more
 * gather for the flush delay, so that at most one request thread per delay pays for waking it.
 * While the disk fails it keeps the batch, tries again at growing intervals and takes nothing new
 * from the backlog; the batch going through is what ends the failure.
 */
final class LineWriter implements Runnable {

  private static final Logger LOG = Logger.getLogger(LineWriter.class);

  private static final Duration RETRY_DELAY_MIN = Duration.ofMillis(10);

  private final WritableByteChannel channel;
  private final Backlog backlog;
  private final AuditSettings settings;
  private final InstantSource clock;
  private final AtomicLong dropped;
  private final LineFormat format = new LineFormat();
  private final Batch batch = new Batch();

  private volatile @Nullable Instant failingSince;
  private volatile boolean closing;
  private volatile boolean abandoned;
  private volatile boolean ended;

  private long droppedNoted;
  private long retryDelayNanos;

  LineWriter(
      AuditFile file,
      Backlog backlog,
      AuditSettings settings,
      InstantSource clock,
      AtomicLong dropped) {
    this.channel = file.channel();
    this.backlog = backlog;
    this.settings = settings;
    this.clock = clock;
    this.dropped = dropped;
    if (file.torn()) {
      batch.endLine(0);
    }
  }

  /** When the first of the present failures happened, or null if the last attempt succeeded. */
  @Nullable Instant failingSince() {
    return failingSince;
  }

  /** Whether it has been told to end. */
  boolean closing() {
    return closing;
  }

  /** Whether nothing will be written any more. */
  boolean ended() {
    return ended;
  }

  /** How many queued entries are too many to let more gather. */
  int hurryAt() {
    return settings.backlogMax() / 4;
  }

  /** Tells it to end when no place is taken any more; it must be woken after that. */
  void endWhenDone() {
    closing = true;
  }

  /** Tells it to end now; it must be woken after that. */
  void abandon() {
    abandoned = true;
  }

  // A thread that died would leave a log that accepts and never writes, so that nothing, not even
  // an Error, may end this loop: it is a failure like another, and heals or keeps the log shut.
  @Override
  public void run() {
    while (!finished()) {
      try {
        if (batch.isEmpty()) {
          awaitEntries();
          fill();
        }
        write();
      } catch (Throwable failure) {
        failed(failure);
      }
    }
    ended = true;
    backlog.giveBack(batch.entries());
    countLost(batch.entries());
    discardQueued();
    closeChannel();
  }

  /** Counts the queued entries as dropped; for anyone, once the writer has ended. */
  void discardQueued() {
    countLost(backlog.discard());
  }

  private boolean finished() {
    return abandoned || (closing && batch.isEmpty() && backlog.taken() == 0);
  }

  private void awaitEntries() {
    while (backlog.queued() == 0 && !finished()) {
      LockSupport.park(this);
    }
    if (!closing && backlog.queued() < hurryAt()) {
      LockSupport.parkNanos(this, settings.flushDelayMax().toNanos());
    }
  }

  private void fill() throws IOException {
    noteDropped();
    for (int left = backlog.queued(); left > 0 && batch.hasRoom(); left--) {
      Backlog.Entry entry = backlog.oldest();
      format.write(entry.at(), entry.event(), batch);
      batch.endLine(1);
      backlog.removeOldest();
    }
  }

  private void noteDropped() throws IOException {
    long now = dropped.get();
    if (now != droppedNoted) {
      format.writeDropped(clock.instant(), now - droppedNoted, batch);
      batch.endLine(0);
      droppedNoted = now;
    }
  }

  private void write() throws IOException {
    if (batch.isEmpty()) {
      return;
    }
    int entries = batch.entries();
    batch.writeTo(channel);
    backlog.giveBack(entries);
    if (failingSince != null) {
      LOG.infof("The audit record can be written again, after failing since %s", failingSince);
      failingSince = null;
      retryDelayNanos = 0;
    }
  }

  private void failed(Throwable failure) {
    batch.cutUnfinishedLine();
    if (failingSince == null) {
      failingSince = clock.instant();
      LOG.error("The audit record cannot be written: calls are refused until it can", failure);
    }
    retryDelayNanos =
        Math.clamp(
            2 * retryDelayNanos,
            Math.min(RETRY_DELAY_MIN.toNanos(), settings.retryDelayMax().toNanos()),
            settings.retryDelayMax().toNanos());
    if (!abandoned) {
      LockSupport.parkNanos(this, retryDelayNanos);
    }
  }

  private void countLost(int entries) {
    if (entries > 0) {
      dropped.addAndGet(entries);
      LOG.errorf("%d audit entries could not be written before the log was closed", entries);
    }
  }

  private void closeChannel() {
    try {
      channel.close();
    } catch (IOException failure) {
      LOG.error("The audit file could not be closed", failure);
    }
  }
}
