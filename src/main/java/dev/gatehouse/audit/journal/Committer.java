package dev.gatehouse.audit.journal;

import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.core.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The body of the writer thread: takes what is queued, writes it, forces it to the disk, and then
 * tells of it.
 *
 * <p>An intent wakes it; whatever gathers during a commit goes with the next one, so that commits
 * grow with the load. Nobody waits for the rest, outcomes and offered calls, so they wake nobody:
 * it looks after them when it has dozed for {@link #DOZE_NANOS}.
 *
 * <p>After a failure it keeps the events and tries again at growing intervals. What was to be on
 * disk by then is lost to those who wait for it, once; it is written all the same when the disk
 * works again, and that is what ends the failure.
 */
final class Committer implements Runnable {

  /**
   * A commit of fewer records leaves nothing to gain by gathering more for the next one: those few
   * would only wait.
   */
  static final int CROWD_MIN = 16;

  private static final Logger LOG = Logger.getLogger(Committer.class);

  private static final long RETRY_NANOS_MIN = Duration.ofMillis(10).toNanos();

  /** How long an entry may lie that nobody waits for. */
  private static final long DOZE_NANOS = Duration.ofMillis(10).toNanos();

  private static final long CLOSING_DOZE_NANOS = Duration.ofMillis(1).toNanos();

  /**
   * How many answers the writer lets go by itself. So few delay the next commit less than waking
   * another thread takes; more go to that thread.
   */
  private static final int RELEASES_INLINE_MAX = 4;

  // How the writer waits.
  private static final int AWAKE = 0;
  private static final int DOZING = 1;
  private static final int SLEEPING = 2;

  /** Something that the disk was asked for; each is another. */
  static final class Busy {

    private final long sinceNanos;

    Busy(long sinceNanos) {
      this.sinceNanos = sinceNanos;
    }

    long sinceNanos() {
      return sinceNanos;
    }
  }

  private final SegmentChain segments;
  private final EventQueue queue;
  private final Places places;
  private final Gate gate;
  private final JournalSettings settings;
  private final Ticker ticker;
  private final InstantSource clock;
  private final JournalListener listener;
  private final AtomicLong dropped;
  private final Releaser releaser;
  private final CommitBatch batch = new CommitBatch();

  private final AtomicInteger waiting = new AtomicInteger(AWAKE);
  private volatile boolean intentQueued;
  private volatile boolean abandoned;
  private volatile @Nullable Busy busy;
  private volatile @Nullable Thread thread;
  private final AtomicLong commits = new AtomicLong();
  private final AtomicLong bytesWritten = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();

  private long lastCommitNanos;
  private int lastCommitRecords;
  private long droppedNoted;
  private long retryNanos;

  Committer(
      SegmentChain segments,
      EventQueue queue,
      Places places,
      Gate gate,
      JournalSettings settings,
      Ticker ticker,
      InstantSource clock,
      JournalListener listener,
      AtomicLong dropped,
      Releaser releaser) {
    this.segments = segments;
    this.queue = queue;
    this.places = places;
    this.gate = gate;
    this.settings = settings;
    this.ticker = ticker;
    this.clock = clock;
    this.listener = listener;
    this.dropped = dropped;
    this.releaser = releaser;
  }

  /** An intent was queued. */
  void wakeForIntent() {
    // Written only when needed, so that request threads do not take the line from each other.
    if (!intentQueued) {
      intentQueued = true;
    }
    int now = waiting.get();
    if (now != AWAKE && waiting.compareAndSet(now, AWAKE)) {
      LockSupport.unpark(thread);
    }
  }

  /** Something else was queued. */
  void wakeIfSleeping() {
    if (waiting.get() == SLEEPING && waiting.compareAndSet(SLEEPING, AWAKE)) {
      LockSupport.unpark(thread);
    }
  }

  /** Makes it look at the gate. */
  void wake() {
    waiting.set(AWAKE);
    LockSupport.unpark(thread);
  }

  /** Tells it to end without waiting for open uses or the disk. */
  void abandon() {
    abandoned = true;
    wake();
  }

  /** What the disk is being asked for, or null. */
  @Nullable Busy busy() {
    return busy;
  }

  long commits() {
    return commits.get();
  }

  long failures() {
    return failures.get();
  }

  long bytesWritten() {
    return bytesWritten.get();
  }

  // A thread that died would leave a journal that accepts and never writes, so that nothing, not
  // even an Error, may end this loop: it is a failure like another, and heals or keeps the gate
  // shut.
  @Override
  public void run() {
    thread = Thread.currentThread();
    while (!finished()) {
      try {
        step();
      } catch (Throwable failure) {
        failed(failure);
      }
    }
    end();
  }

  private boolean finished() {
    return abandoned || (gate.has(Gate.CLOSING) && batch.isEmpty() && places.taken() == 0);
  }

  private void step() throws IOException {
    if (!gate.has(Gate.FAILING)) {
      awaitWork();
      awaitInterval();
    }
    fill();
    if (!batch.isEmpty() || gate.has(Gate.FAILING)) {
      commit();
    }
    if (segments.rotationDue()) {
      busy = new Busy(ticker.nanos());
      segments.rotate();
      idle();
    }
  }

  /** The disk has done what it was asked for. */
  private void idle() {
    busy = null;
    if (gate.reopen(Gate.STALLED)) {
      LOG.info("The audit journal's disk answers again");
    }
  }

  private void fill() {
    intentQueued = false;
    if (!batch.fill(queue)) {
      intentQueued = true;
    }
  }

  private void awaitWork() {
    boolean dozing = false;
    long dozeEnd = 0;
    while (batch.isEmpty() && !intentQueued && !finished()) {
      long now = ticker.nanos();
      // Places are taken before anything is queued, and by open uses: so while none are, nothing
      // comes that would not wake the writer.
      boolean expecting = places.taken() > 0;
      if (expecting && !dozing) {
        dozing = true;
        dozeEnd = now + (gate.has(Gate.CLOSING) ? CLOSING_DOZE_NANOS : DOZE_NANOS);
      }
      long left = segments.nanosToRotation(now);
      if (dozing) {
        left = Math.min(left, dozeEnd - now);
      }
      if (left <= 0) {
        return;
      }
      sleep(dozing ? DOZING : SLEEPING, left);
    }
  }

  private void sleep(int how, long nanos) {
    waiting.set(how);
    // Whoever queues looks at this state after that, and this looks for what is queued after it.
    if (!intentQueued && !finished() && (how == DOZING || places.taken() == 0)) {
      if (nanos == Long.MAX_VALUE) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, nanos);
      }
    }
    waiting.set(AWAKE);
  }

  private void awaitInterval() {
    long interval = settings.commitInterval().toNanos();
    if (interval == 0 || lastCommitRecords < CROWD_MIN) {
      return;
    }
    long end = lastCommitNanos + interval;
    for (long left = end - ticker.nanos();
        left > 0 && !gate.has(Gate.CLOSING);
        left = end - ticker.nanos()) {
      LockSupport.parkNanos(this, left);
    }
  }

  private void commit() throws IOException {
    long start = ticker.nanos();
    lastCommitNanos = start;
    lastCommitRecords = 0;
    busy = new Busy(start);
    segments.ready();
    long droppedNow = dropped.get();
    batch.encode(
        segments.nextSequence(),
        segments.chain(),
        segments.tree(),
        EntryCodec.micros(clock.instant()),
        droppedNow - droppedNoted);
    int bytes = 0;
    if (batch.records() > 0) {
      bytes = batch.bytes().remaining();
      segments.append(batch);
    }
    lastCommitRecords = batch.records();
    long nanos = ticker.nanos() - start;
    droppedNoted = droppedNow;
    healed();
    publish();
    idle();
    if (bytes > 0) {
      commits.incrementAndGet();
      bytesWritten.addAndGet(bytes);
      listener.committed(batch.records(), bytes, nanos);
    }
  }

  private void healed() {
    retryNanos = 0;
    if (gate.reopen(Gate.FAILING)) {
      LOG.info("The audit journal can be written again");
    }
  }

  /** Tells of what is on disk. */
  private void publish() {
    int events = batch.encodedEvents();
    RecordedUse released = null;
    int releases = 0;
    for (int i = 0; i < events; i++) {
      RecordedUse use = batch.intentAt(i);
      if (use != null && use.becomeDurable()) {
        use.nextReleased = released;
        released = use;
        releases++;
      }
    }
    batch.removeEncoded();
    places.giveBack(events);
    if (released == null) {
      return;
    }
    if (releases <= RELEASES_INLINE_MAX) {
      Releaser.releaseChain(released);
    } else {
      releaser.hand(released);
    }
  }

  private void failed(Throwable failure) {
    failures.incrementAndGet();
    if (gate.shut(Gate.FAILING, String.valueOf(failure))) {
      LOG.error("The audit journal cannot be written: calls are refused until it can", failure);
    }
    busy = null;
    gate.reopen(Gate.STALLED);
    loseUndecided();
    long most = settings.retryDelayMax().toNanos();
    retryNanos = Math.clamp(2 * retryNanos, Math.min(RETRY_NANOS_MIN, most), most);
    if (!abandoned) {
      LockSupport.parkNanos(this, retryNanos);
    }
  }

  /** Decides for every intent that is not on disk that it is lost; after the gate was shut. */
  void loseUndecided() {
    batch.forEach(Committer::lose);
    queue.forEach(Committer::lose);
  }

  private static void lose(Object event) {
    if (event instanceof RecordedUse use) {
      use.lose();
    }
  }

  private void end() {
    try {
      if (!gate.has(Gate.FAILING)) {
        writeRest();
      }
    } catch (Throwable failure) {
      LOG.error("The audit journal could not be closed in order", failure);
    }
    segments.abandon();
    gate.shut(Gate.ENDED);
    loseUndecided();
    batch.fill(queue);
    int left = batch.size();
    if (left > 0) {
      dropped.addAndGet(left);
      LOG.errorf("%d audit entries could not be written before the journal was closed", left);
    }
    busy = null;
  }

  private void writeRest() throws IOException {
    fill();
    while (!batch.isEmpty()) {
      commit();
      fill();
    }
    segments.end();
  }
}
