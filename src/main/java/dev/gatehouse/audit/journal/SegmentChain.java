package dev.gatehouse.audit.journal;

import dev.gatehouse.audit.Anchors;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.RunningTree;
import dev.gatehouse.audit.merkle.TreeHasher;
import dev.gatehouse.core.Ticker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The segments of a journal that is being written, of which the last one is open. Used by the
 * writer alone.
 *
 * <p>What it knows of the open segment is what is on disk: {@link #append} changes that only after
 * the disk has said so. After a failure nothing is believed of what was written since: the segment
 * is cut off at that point, in {@link #ready}, and closed there.
 */
final class SegmentChain {

  private static final Logger LOG = Logger.getLogger(SegmentChain.class);

  private final JournalFolder folder;
  private final JournalSettings settings;
  private final Medium medium;
  private final Ticker ticker;
  private final InstantSource clock;
  private final Unanchored unanchored;

  private Medium.@Nullable Target target;

  /** Whether there is an open segment: its header is on disk, and no footer. */
  private boolean open;

  /** Whether something failed since, so that its file is to be opened anew and cut off. */
  private boolean broken;

  private long number;
  private long first;
  private long position;
  private final byte[] chain = new byte[Hash.BYTES];
  private final RunningTree tree = new RunningTree(new TreeHasher());
  private long firstEntryNanos;
  private Hash previous = ChainHasher.NOTHING;

  SegmentChain(
      JournalFolder folder,
      JournalSettings settings,
      Medium medium,
      Ticker ticker,
      InstantSource clock,
      Unanchored unanchored) {
    this.folder = folder;
    this.settings = settings;
    this.medium = medium;
    this.ticker = ticker;
    this.clock = clock;
    this.unanchored = unanchored;
  }

  /** Makes sure that there is an open segment to append to. */
  void ready() throws IOException {
    if (open && broken) {
      heal();
    }
    if (!open) {
      begin();
    }
  }

  private void begin() throws IOException {
    closeTarget();
    Hash before = previous;
    long micros = EntryCodec.micros(clock.instant());
    SegmentHeader header = SegmentHeader.of(folder.id(), number, first, micros, before);
    Medium.Target begun = medium.create(folder.segment(number));
    target = begun;
    begun.write(ByteBuffer.wrap(header.bytes()), 0);
    begun.force();
    medium.forceFolder(folder.path());
    System.arraycopy(header.hash().bytes(), 0, chain, 0, Hash.BYTES);
    tree.clear();
    position = SegmentHeader.BYTES;
    broken = false;
    open = true;
  }

  /** Cuts off what may not be on disk; closes the segment there, if it has anything. */
  private void heal() throws IOException {
    closeTarget();
    Medium.Target again = medium.open(folder.segment(number));
    target = again;
    again.truncate(position);
    again.force();
    if (tree.size() > 0) {
      finish();
    } else {
      broken = false;
    }
  }

  /** The sequence number of the next entry. */
  long nextSequence() {
    return first + tree.size();
  }

  /** The hash of the chain so far; not to be changed. */
  byte[] chain() {
    return chain;
  }

  /** The tree so far; not to be changed. */
  RunningTree tree() {
    return tree;
  }

  /**
   * Appends records, and returns when they are on disk.
   *
   * @throws IOException if they may not be; then they were not appended
   */
  void append(CommitBatch batch) throws IOException {
    Medium.Target to = target;
    if (!open || broken || to == null) {
      throw new IllegalStateException("no open segment");
    }
    ByteBuffer bytes = batch.bytes();
    int length = bytes.remaining();
    broken = true;
    to.write(bytes, position);
    to.force();
    broken = false;
    if (tree.size() == 0) {
      firstEntryNanos = ticker.nanos();
      unanchored.begun(firstEntryNanos);
    }
    position += length;
    System.arraycopy(batch.chain, 0, chain, 0, Hash.BYTES);
    tree.set(batch.tree);
  }

  /** How long until the open segment is to be closed for its age; none if that is not foreseen. */
  long nanosToRotation(long nowNanos) {
    if (!open || broken || tree.size() == 0) {
      return Long.MAX_VALUE;
    }
    return Math.max(0, settings.segmentAgeMax().toNanos() - (nowNanos - firstEntryNanos));
  }

  /** Whether the open segment is large or old enough to be closed. */
  boolean rotationDue() {
    return open
        && !broken
        && tree.size() > 0
        && (position >= settings.segmentBytesMax() || nanosToRotation(ticker.nanos()) == 0);
  }

  /** Closes the open segment and begins another. */
  void rotate() throws IOException {
    finish();
    begin();
  }

  /** Closes the open segment; nothing is appended after that. */
  void end() throws IOException {
    if (open && broken) {
      heal();
    }
    if (open) {
      finish();
    }
    closeTarget();
  }

  private void finish() throws IOException {
    Medium.Target to = target;
    if (to == null) {
      throw new IllegalStateException("no open segment");
    }
    SegmentFooter footer = SegmentFooter.of(chain, false, tree.size(), 0, tree.root());
    broken = true;
    to.write(ByteBuffer.wrap(footer.bytes()), position);
    to.force();
    broken = false;
    open = false;
    unanchored.closed(
        new Anchors.Segment(
            folder.id().value(), number, first, tree.size(), footer.root(), footer.hash(), 0),
        firstEntryNanos);
    previous = footer.hash();
    first += tree.size();
    tree.clear();
    number++;
  }

  /** Lets go of the file of the open segment, whatever it holds; nothing is appended after that. */
  void abandon() {
    broken = true;
    closeTarget();
  }

  private void closeTarget() {
    Medium.Target old = target;
    target = null;
    if (old != null) {
      try {
        old.close();
      } catch (IOException failure) {
        LOG.debug("A segment could not be closed; what counts was forced before", failure);
      }
    }
  }

  /** How many segments were closed. */
  long closedSegments() {
    return number;
  }

  /** How many entries the closed segments have. */
  long closedEntries() {
    return first;
  }

  /** The hash of the last footer. */
  Hash lastFooter() {
    return previous;
  }

  /** Whether every segment is closed. */
  boolean allClosed() {
    return !open;
  }
}
