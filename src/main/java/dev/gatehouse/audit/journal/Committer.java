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
 * <p>What gathers during a commit goes with the next one, so that commits grow with the load. While
 * they are small, an intent begins one at once, so that it is on disk when the call has run. When
 * they are large, one begins when most of the calls whose intents are not on disk have been
 * answered, since then few more would come: so a commit costs little where calls are many, and few
 * calls wait for nothing. Nobody waits for outcomes and offered calls, so they begin none. When a
 * commit has ended, the next begins within {@link JournalSettings#commitInterval} if there is
 * anything to write.
 *
 * <p>After a failure it keeps the events and tries again at growing intervals. What was to be on
 * disk by then is lost to those who wait for it, once; it is written all the same when the disk
 * works again, and that is what ends the failure.
 */
final class Committer implements Runnable {

  /** After a commit of so many records, intents begin none any more. */
  static final int CROWD_MIN = 16;

  private static final Logger LOG = Logger.getLogger(Committer.class);

  private static final long RETRY_NANOS_MIN = Duration.ofMillis(10).toNanos();

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

  /** Whether an intent is to begin a commit; written by the writer alone. */
  private volatile boolean eager = true;

  /** Whether an intent has asked for a commit. */
  private volatile boolean wanted;

  /** How many intents are not on disk. */
  private final AtomicInteger intentsWaiting = new AtomicInteger();

  /** How many of them have been answered since. */
  private final AtomicInteger answersWaiting = new AtomicInteger();

  private volatile boolean abandoned;
  private volatile @Nullable Busy busy;
  private volatile @Nullable Thread thread;
  private final AtomicLong commits = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();

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

  /** An intent is about to be queued. */
  void intentComes() {
    intentsWaiting.incrementAndGet();
  }

  /**
   * An intent was queued.
   *
   * @param crowding whether the queue asks for a commit, lest it fill
   */
  void intentQueued(boolean crowding) {
    if (!eager && !crowding) {
      wakeIfSleeping();
      return;
    }
    // Written only when needed, so that request threads do not take the line from each other.
    if (!wanted) {
      wanted = true;
    }
    wakeToCommit();
  }

  /** An answer waits for a commit that covers its intent. */
  void answerWaits() {
    answersWaiting.incrementAndGet();
    if (mostAnswered()) {
      wakeToCommit();
    }
  }

  /** An answer that waited does so no more. */
  void answerWaitsNoMore() {
    answersWaiting.decrementAndGet();
  }

  private void wakeToCommit() {
    int now = waiting.get();
    if (now != AWAKE && waiting.compareAndSet(now, AWAKE)) {
      LockSupport.unpark(thread);
    }
  }

  /** Something else was queued, as {@link #intentQueued} says. */
  void otherQueued(boolean crowding) {
    if (crowding) {
      wanted = true;
      wakeToCommit();
    } else {
      wakeIfSleeping();
    }
  }

  private void wakeIfSleeping() {
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
    }
    fill();
    if (!batch.isEmpty() || gate.has(Gate.FAILING)) {
      commit();
    } else if (due()) {
      Thread.yield(); // to a thread that has taken its ticket of the queue and not used it yet
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
    wanted = false;
    if (!batch.fill(queue)) {
      wanted = true;
    }
  }

  private boolean due() {
    return wanted || mostAnswered();
  }

  /** Whether three of four calls whose intents are not on disk wait for just that. */
  private boolean mostAnswered() {
    int answers = answersWaiting.get();
    return answers > 0 && 4 * answers >= 3 * intentsWaiting.get();
  }

  private void awaitWork() {
    boolean dozing = false;
    long dozeEnd = 0;
    while (batch.isEmpty() && !due() && !finished()) {
      long now = ticker.nanos();
      // Places are taken before anything is queued, and by open uses: so while none are, nothing
      // comes that would not wake the writer.
      boolean expecting = places.taken() > 0;
      if (expecting && !dozing) {
        dozing = true;
        dozeEnd = now + dozeNanos();
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
    if (!due() && !finished() && (how == DOZING || places.taken() == 0)) {
      if (nanos == Long.MAX_VALUE) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, nanos);
      }
    }
    waiting.set(AWAKE);
  }

  private long dozeNanos() {
    return gate.has(Gate.CLOSING) ? CLOSING_DOZE_NANOS : settings.commitInterval().toNanos();
  }

  private void commit() throws IOException {
    long start = ticker.nanos();
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
    eager = batch.records() < CROWD_MIN;
    long nanos = ticker.nanos() - start;
    droppedNoted = droppedNow;
    healed();
    publish();
    idle();
    if (bytes > 0) {
      commits.incrementAndGet();
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
    int intents = 0;
    for (int i = 0; i < events; i++) {
      RecordedUse use = batch.intentAt(i);
      if (use == null) {
        continue;
      }
      intents++;
      if (use.becomeDurable()) {
        use.nextReleased = released;
        released = use;
        releases++;
      }
    }
    intentsWaiting.addAndGet(-intents);
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
