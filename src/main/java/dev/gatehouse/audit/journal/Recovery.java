package dev.gatehouse.audit.journal;

import dev.gatehouse.audit.AnchorMismatchException;
import dev.gatehouse.audit.Anchors;
import dev.gatehouse.audit.merkle.Hash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Ends the journals of processes that died: cuts off what they were writing, closes the last
 * segment, and brings what was not anchored to the control log.
 *
 * <p>First it compares what is anchored already with the files. If a file is missing or differs,
 * nothing is done with that journal. So a segment that is anchored is never changed, and as its
 * footer says the same, is not read in full again either: whether its records fit is for the
 * verifier.
 *
 * <p>It changes nothing but the last segment, if that is not anchored, and that only behind the
 * last record that continues the chain. A process holds the lock of the journal that it ends.
 *
 * <p>For one thread; {@link #stop} and {@link #damaged} are for any.
 */
final class Recovery {

  private static final Logger LOG = Logger.getLogger(Recovery.class);

  /** How many damaged journals are remembered; beyond that they are looked at again each time. */
  private static final int DAMAGED_MAX = 1_000;

  private final Path journals;
  private final JournalId own;
  private final Anchors anchors;
  private final Medium medium;
  private final Map<JournalId, DamagedJournal> damaged = new ConcurrentHashMap<>();

  private volatile boolean stopping;

  Recovery(Path journals, JournalId own, Anchors anchors, Medium medium) {
    this.journals = journals;
    this.own = own;
    this.anchors = anchors;
    this.medium = medium;
  }

  /** The journals that were not healed. */
  List<DamagedJournal> damaged() {
    return List.copyOf(damaged.values());
  }

  /** Makes it stop behind the segment that it is at; what is left is for another process. */
  void stop() {
    stopping = true;
  }

  /**
   * Ends every journal of a dead process that nobody has ended.
   *
   * @throws dev.gatehouse.audit.AuditUnavailableException if the control log cannot be written
   */
  void run() throws IOException {
    for (JournalFolder folder : JournalFolder.in(journals)) {
      if (stopping) {
        return;
      }
      if (!folder.id().equals(own) && !folder.closed() && !damaged.containsKey(folder.id())) {
        tryEnd(folder);
      }
    }
  }

  private void tryEnd(JournalFolder folder) throws IOException {
    try (FileChannel channel = Disk.lockFile(folder.lock());
        FileLock lock = channel.tryLock()) {
      if (lock != null && !folder.closed()) {
        end(folder);
      }
    } catch (OverlappingFileLockException alive) {
      LOG.debugf("The journal %s is written by this process", folder.id());
    } catch (DamagedJournalException found) {
      report(found.damage());
    } catch (AnchorMismatchException differing) {
      report(new DamagedJournal(folder.id(), 0, 0, String.valueOf(differing.getMessage())));
    } catch (IOException unreadable) {
      LOG.errorf(unreadable, "The journal %s could not be ended", folder.id());
    }
  }

  private void report(DamagedJournal damage) {
    LOG.errorf(
        "The journal %s was changed after it was written, and is left as it is: segment %d, byte"
            + " %d: %s",
        damage.journal(), damage.segment(), damage.position(), damage.problem());
    if (damaged.size() < DAMAGED_MAX) {
      damaged.put(damage.journal(), damage);
    }
  }

  private void end(JournalFolder folder) throws IOException, DamagedJournalException {
    List<Anchors.Segment> anchored = anchors.anchoredSegments(folder.id().value());
    List<JournalFolder.Part> parts = folder.parts();
    Ending ending = new Ending(folder);
    for (int i = 0; i < anchored.size(); i++) {
      if (stopping) {
        return;
      }
      ending.anchored(anchored.get(i), i < parts.size() ? parts.get(i) : null);
    }
    anchors.opened(folder.id().value());
    for (int i = anchored.size(); i < parts.size(); i++) {
      if (stopping) {
        return;
      }
      ending.part(parts.get(i), i == parts.size() - 1);
    }
    // Without a damaged one among them: only then is it known where the journal ends.
    anchors.closed(folder.id().value(), ending.segments, ending.entries, ending.chain, false);
    mark(folder, medium);
    LOG.infof(
        "The journal %s of a dead process was ended: %d segments, %d entries, %d bytes of an"
            + " unfinished write cut off",
        folder.id(), ending.segments, ending.entries, ending.tornBytes);
  }

  /** Notes that the control log holds all of a journal, and its end. */
  static void mark(JournalFolder folder, Medium medium) throws IOException {
    try (Medium.Target mark = medium.create(folder.closedMark())) {
      mark.force();
    }
    medium.forceFolder(folder.path());
  }

  /** The walk through the segments of one journal. */
  private final class Ending {

    private final JournalFolder folder;
    private long segments;
    private long entries;
    private long tornBytes;
    private Hash chain = ChainHasher.NOTHING;

    Ending(JournalFolder folder) {
      this.folder = folder;
    }

    /** Goes on behind a segment that is anchored, if its file is what was anchored. */
    void anchored(Anchors.Segment anchor, JournalFolder.@Nullable Part part)
        throws IOException, DamagedJournalException {
      if (anchor.number() != segments || anchor.first() != entries) {
        throw damage(0, "the control log has no anchor of it, but one of a later segment");
      }
      if (part == null || part.number() != segments) {
        throw damage(0, "it is anchored and missing");
      }
      Edges edges = Edges.read(part);
      if (edges == null) {
        throw damage(0, "it is anchored, and has no whole header and footer");
      }
      SegmentFooter footer = edges.footer();
      if (footer.count() != anchor.count()
          || !footer.root().equals(anchor.root())
          || !footer.hash().equals(anchor.chain())) {
        throw damage(0, "it is not what was anchored");
      }
      requirePlace(edges.header());
      follow(footer);
    }

    private void follow(SegmentFooter footer) {
      segments++;
      entries += footer.count();
      tornBytes += footer.torn();
      chain = footer.hash();
    }

    void part(JournalFolder.Part part, boolean last) throws IOException, DamagedJournalException {
      if (part.number() != segments) {
        throw damage(0, "it is missing");
      }
      SegmentFooter footer = part.hashesOnly() ? hashes(part) : segment(part, last);
      if (footer == null) {
        return;
      }
      anchors.anchored(
          new Anchors.Segment(
              folder.id().value(),
              segments,
              entries,
              footer.count(),
              footer.root(),
              footer.hash(),
              footer.torn()));
      follow(footer);
    }

    private SegmentFooter hashes(JournalFolder.Part part)
        throws IOException, DamagedJournalException {
      try (HashesReader reader = HashesReader.open(part.file())) {
        while (reader.next() != null) {
          // Verified on the way.
        }
        requireHeader(reader.header(), reader.end());
        return switch (reader.end()) {
          case SegmentEnd.Closed closed -> closed.footer();
          case SegmentEnd.Wrong wrong -> throw damage(wrong.position(), wrong.problem());
          case SegmentEnd.Torn torn -> throw damage(torn.position(), "it ends here");
          case SegmentEnd.Open open -> throw damage(open.position(), "it ends here");
        };
      }
    }

    /** The footer, or null if it is not even a segment yet. */
    private @Nullable SegmentFooter segment(JournalFolder.Part part, boolean last)
        throws IOException, DamagedJournalException {
      try (SegmentReader reader = SegmentReader.open(part.file())) {
        while (reader.next() != null) {
          // Verified on the way.
        }
        if (reader.header() == null && last && Files.size(part.file()) <= SegmentHeader.BYTES) {
          // Nothing is appended before the header is on disk.
          medium.delete(part.file());
          medium.forceFolder(folder.path());
          return null;
        }
        requireHeader(reader.header(), reader.end());
        if (reader.end() instanceof SegmentEnd.Closed closed) {
          return closed.footer();
        }
        if (!last) {
          // The next one is begun when this one's footer is on disk.
          throw damage(reader.end().position(), unclosed(reader.end()));
        }
        return close(part.file(), reader);
      }
    }

    private SegmentFooter close(Path file, SegmentReader reader)
        throws IOException, DamagedJournalException {
      long position = reader.end().position();
      String problem = TornTail.problem(file, position);
      if (problem != null) {
        throw damage(position, unclosed(reader.end()) + ", and " + problem);
      }
      long torn = Files.size(file) - position;
      SegmentFooter footer =
          SegmentFooter.of(reader.chain().bytes(), true, reader.count(), torn, reader.root());
      try (Medium.Target target = medium.open(file)) {
        target.truncate(position);
        target.force();
        target.write(ByteBuffer.wrap(footer.bytes()), position);
        target.force();
      }
      return footer;
    }

    private void requireHeader(@Nullable SegmentHeader header, SegmentEnd end)
        throws DamagedJournalException {
      if (header == null) {
        throw damage(
            end.position(), end instanceof SegmentEnd.Wrong wrong ? wrong.problem() : "too short");
      }
      requirePlace(header);
    }

    private void requirePlace(SegmentHeader header) throws DamagedJournalException {
      if (!header.journal().equals(folder.id())) {
        throw damage(0, "it belongs to the journal " + header.journal());
      }
      if (header.number() != segments || header.first() != entries) {
        throw damage(0, "it is segment " + header.number() + " from entry " + header.first());
      }
      if (!header.previous().equals(chain)) {
        throw damage(0, "it does not follow the segment before");
      }
    }

    private static String unclosed(SegmentEnd end) {
      return end instanceof SegmentEnd.Wrong wrong ? wrong.problem() : "it ends without a footer";
    }

    private DamagedJournalException damage(long position, String problem) {
      return new DamagedJournalException(
          new DamagedJournal(folder.id(), segments, position, problem));
    }
  }
}
