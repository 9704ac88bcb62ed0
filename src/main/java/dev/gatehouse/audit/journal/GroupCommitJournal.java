package dev.gatehouse.audit.journal;

import dev.gatehouse.audit.AccessJournal;
import dev.gatehouse.audit.Anchors;
import dev.gatehouse.audit.AuditUnavailableException;
import dev.gatehouse.audit.InferenceIntent;
import dev.gatehouse.audit.PlainCall;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.core.Ticker;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The access journal on disk: one process of the gateway writes one, from its start to its end.
 *
 * <p>Request threads only queue. One thread writes what has gathered, forces it to the disk, and
 * then tells of it; meanwhile more gathers. {@link Committer} says when.
 *
 * <p>Safe for any number of threads.
 */
public final class GroupCommitJournal implements AccessJournal, AutoCloseable {

  private static final Logger LOG = Logger.getLogger(GroupCommitJournal.class);

  private static final String WRITER = "gatehouse-audit";
  private static final String RELEASER = "gatehouse-audit-release";
  private static final String ANCHOR = "gatehouse-audit-anchor";
  private static final String KEEPER = "gatehouse-audit-keeper";

  /** The places of a use: its intent and its outcome. */
  private static final int USE_PLACES = 2;

  /** How long a thread that was told to give up may take; it may hang in the kernel. */
  private static final Duration ABANDON_WAIT_MAX = Duration.ofSeconds(1);

  private final JournalFolder folder;
  private final JournalSettings settings;
  private final Ticker ticker;
  private final InstantSource clock;
  private final FileChannel lockFile;
  private final Gate gate;
  private final Places places = new Places();
  private final EventQueue queue;
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong openUsesLost = new AtomicLong();
  private final Unanchored unanchored;
  private final SegmentChain segments;
  private final Committer committer;
  private final Releaser releaser;
  private final Recovery recovery;
  private final AnchorLoop anchorLoop;
  private final Housekeeping housekeeping;
  private final Thread writerThread;
  private final Thread releaseThread;
  private final Thread anchorThread;
  private final Thread keeperThread;

  /**
   * Begins a journal. If the control log cannot be told of it yet, uses are refused until it can.
   *
   * @throws IOException if its first segment cannot be begun
   */
  public static GroupCommitJournal open(
      JournalSettings settings,
      Anchors anchors,
      Ticker ticker,
      InstantSource clock,
      JournalListener listener)
      throws IOException {
    return open(settings, anchors, ticker, clock, listener, new Disk());
  }

  static GroupCommitJournal open(
      JournalSettings settings,
      Anchors anchors,
      Ticker ticker,
      InstantSource clock,
      JournalListener listener,
      Medium medium)
      throws IOException {
    NewJournal begun = NewJournal.create(settings.folder(), medium);
    try {
      GroupCommitJournal journal =
          new GroupCommitJournal(begun, settings, anchors, ticker, clock, listener, medium);
      journal.start();
      return journal;
    } catch (IOException | RuntimeException failure) {
      begun.lockFile().close();
      throw failure;
    }
  }

  private GroupCommitJournal(
      NewJournal begun,
      JournalSettings settings,
      Anchors anchors,
      Ticker ticker,
      InstantSource clock,
      JournalListener listener,
      Medium medium) {
    this.folder = begun.folder();
    this.lockFile = begun.lockFile();
    this.settings = settings;
    this.ticker = ticker;
    this.clock = clock;
    this.gate = new Gate(clock);
    this.queue = new EventQueue(settings.backlogMax());
    this.unanchored = new Unanchored(this::wakeAnchorLoop);
    this.segments = new SegmentChain(folder, settings, medium, ticker, clock, unanchored);
    this.releaser = new Releaser(this::watch, settings.commitStallMax());
    this.committer =
        new Committer(
            segments, queue, places, gate, settings, ticker, clock, listener, dropped, releaser);
    Path journals = settings.folder();
    this.recovery = new Recovery(journals, folder.id(), anchors, medium);
    this.anchorLoop =
        new AnchorLoop(folder, settings, anchors, unanchored, segments, gate, ticker, medium);
    Retention retention = new Retention(journals, folder.id(), settings.retention(), clock, medium);
    this.housekeeping =
        new Housekeeping(
            new Leftovers(journals),
            recovery,
            retention,
            anchorLoop::anchoredSegments,
            settings.retryDelayMax());
    this.writerThread = Thread.ofPlatform().daemon().name(WRITER).unstarted(committer);
    this.releaseThread = Thread.ofPlatform().daemon().name(RELEASER).unstarted(releaser);
    this.anchorThread = Thread.ofPlatform().daemon().name(ANCHOR).unstarted(anchorLoop);
    this.keeperThread = Thread.ofPlatform().daemon().name(KEEPER).unstarted(housekeeping);
  }

  private void start() throws IOException {
    segments.ready();
    gate.shut(Gate.UNANNOUNCED);
    try {
      anchorLoop.announce();
    } catch (AuditUnavailableException failure) {
      LOG.error("The control log cannot be told of this journal: calls are refused", failure);
    }
    writerThread.start();
    releaseThread.start();
    anchorThread.start();
    keeperThread.start();
  }

  private void wakeAnchorLoop() {
    anchorLoop.wake();
  }

  @Override
  public AccessJournal.@Nullable Use begin(InferenceIntent intent) {
    if (!gate.open()) {
      return null;
    }
    check(intent);
    if (!places.take(USE_PLACES, settings.backlogMax())) {
      return null;
    }
    // The writer ends when it has seen the closing and then no place taken: so either this sees the
    // closing, or the writer waits for this use.
    if (gate.has(Gate.CLOSING)) {
      places.giveBack(USE_PLACES);
      return null;
    }
    RecordedUse use = new RecordedUse(this, intent, nowMicros());
    committer.intentComes();
    committer.intentQueued(queue.add(use));
    return use;
  }

  /** What could not be written must fail here, where only this call suffers. */
  private static void check(InferenceIntent intent) {
    byte[] digest = intent.inputDigest();
    if (intent.rows() < 0
        || intent.requestBytes() < 0
        || intent.artifact().length != Hash.BYTES
        || (digest != null
            && (digest.length < Field.INPUT_DIGEST.bytesMin()
                || digest.length > Field.INPUT_DIGEST.bytesMax()))) {
      throw new IllegalArgumentException("an intent that no entry can hold");
    }
  }

  @Override
  public boolean offer(PlainCall call) {
    if (gate.has(Gate.CLOSING) || !places.take(1, settings.offeredMax())) {
      dropped.incrementAndGet();
      return false;
    }
    if (gate.has(Gate.CLOSING)) {
      places.giveBack(1);
      dropped.incrementAndGet();
      return false;
    }
    committer.otherQueued(queue.add(new OfferedCall(call, nowMicros())));
    return true;
  }

  /** Queues the outcome of a use, which holds a place for it. */
  void recordOutcome(RecordedUse use) {
    committer.otherQueued(queue.add(use));
    if (gate.has(Gate.ENDED)) {
      openUsesLost.incrementAndGet();
    }
  }

  /** An answer waits for the commit that covers its intent. */
  void answerWaits() {
    committer.answerWaits();
  }

  /** An answer that waited does so no more. */
  void answerWaitsNoMore() {
    committer.answerWaitsNoMore();
  }

  boolean losing() {
    return gate.losing();
  }

  long nowMicros() {
    return EntryCodec.micros(clock.instant());
  }

  /** Looks whether the disk answers and the anchors keep up; runs several times a stall. */
  private void watch() {
    Committer.Busy busy = committer.busy();
    if (busy != null && ticker.nanos() - busy.sinceNanos() > settings.commitStallMax().toNanos()) {
      if (gate.shut(Gate.STALLED, "the disk has not answered for " + settings.commitStallMax())) {
        LOG.error("The audit journal's disk does not answer: calls are refused until it does");
      }
      if (committer.busy() == busy) {
        committer.loseUndecided();
      } else {
        gate.reopen(Gate.STALLED);
      }
    } else {
      gate.reopen(Gate.STALLED);
    }
    watchAnchors();
  }

  private void watchAnchors() {
    if (anchorLag().compareTo(settings.anchorLagMax()) > 0) {
      if (gate.shut(Gate.LATE, "anchors lag more than " + settings.anchorLagMax())) {
        LOG.error("Anchors of the audit journal lag too far behind: calls are refused");
      }
    } else if (gate.reopen(Gate.LATE)) {
      LOG.info("Anchors of the audit journal keep up again");
    }
  }

  /** The id of this journal. */
  public JournalId id() {
    return folder.id();
  }

  /** The folder of this journal. */
  public JournalFolder folder() {
    return folder;
  }

  /** Whether uses can be recorded. */
  public JournalHealth health() {
    return gate.health();
  }

  /** The places taken: two for each open use, one for each other entry that is not on disk. */
  public int backlog() {
    return places.taken();
  }

  /** How many calls were offered, or outcomes told, and not recorded; it only grows. */
  public long dropped() {
    return dropped.get() + openUsesLost.get();
  }

  /** How many commits there were. */
  long commits() {
    return committer.commits();
  }

  /** How many attempts to commit failed; it only grows. */
  public long commitFailures() {
    return committer.failures();
  }

  /** The age of the oldest entry on disk that no anchor covers; zero if there is none. */
  public Duration anchorLag() {
    return Duration.ofNanos(unanchored.lagNanos(ticker.nanos()));
  }

  /** How many closed segments wait to be anchored. */
  public int segmentsUnanchored() {
    return unanchored.segments();
  }

  /** Whether the last attempt to reach the control log failed. */
  boolean anchorsFailing() {
    return anchorLoop.failing();
  }

  /**
   * The journals of dead processes in the same folder that are wrong, and were left as they are.
   */
  public List<DamagedJournal> damaged() {
    return recovery.damaged();
  }

  /**
   * Takes no more uses, waits for the open ones as long as the settings say, closes the last
   * segment and brings the end of the journal to the control log. What could not be done in time is
   * logged, and done by the next process that opens a journal in the same folder; so is the ending
   * of the journals of dead processes, which is not waited for.
   */
  @Override
  public void close() {
    if (!gate.shut(Gate.CLOSING)) {
      return;
    }
    housekeeping.end();
    committer.wake();
    if (!joined(writerThread, settings.closeWaitMax())) {
      committer.abandon();
      joined(writerThread, ABANDON_WAIT_MAX);
    }
    boolean written = !writerThread.isAlive();
    anchorLoop.end(written && segments.allClosed());
    joined(anchorThread, settings.closeWaitMax().plus(ABANDON_WAIT_MAX));
    releaser.end();
    joined(releaseThread, ABANDON_WAIT_MAX);
    joined(keeperThread, ABANDON_WAIT_MAX);
    if (written && !anchorThread.isAlive() && !keeperThread.isAlive()) {
      unlock();
    }
  }

  private void unlock() {
    try {
      lockFile.close();
    } catch (IOException failure) {
      LOG.warn("The lock of the audit journal could not be released", failure);
    }
  }

  private static boolean joined(Thread thread, Duration wait) {
    try {
      return wait.isZero() ? !thread.isAlive() : thread.join(wait);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * A folder that was made for a journal, and the file in it that is held locked.
   *
   * @param folder the folder
   * @param lockFile the file
   */
  private record NewJournal(JournalFolder folder, FileChannel lockFile) {

    /**
     * The folder gets the name of a journal only when it is locked, so that nobody ever finds a
     * journal which looks as if its process had died.
     */
    static NewJournal create(Path journals, Medium medium) throws IOException {
      Path parent = journals.toAbsolutePath();
      Disk.createFolders(parent);
      JournalId id = JournalId.random();
      JournalFolder unfinished = JournalFolder.unfinished(id, parent);
      JournalFolder folder = new JournalFolder(id, parent.resolve(id.value()));
      Disk.createFolders(unfinished.path());
      FileChannel lockFile = Disk.lockFile(unfinished.lock());
      try {
        FileLock lock = lockFile.tryLock();
        if (lock == null) {
          throw new IOException("the lock of a new journal is taken");
        }
        medium.rename(unfinished.path(), folder.path());
        medium.forceFolder(parent);
        return new NewJournal(folder, lockFile);
      } catch (IOException | RuntimeException failure) {
        lockFile.close();
        throw failure;
      }
    }
  }
}
