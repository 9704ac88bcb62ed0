package dev.gatehouse.audit.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.Anchors;
import dev.gatehouse.audit.AuditUnavailableException;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.core.Outcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Journals whose process died, at any byte, and such as were changed afterwards. */
final class RecoveryTest {

  private static final JournalId OTHER = new JournalId("f".repeat(32));

  @TempDir Path folder;

  private final FakeAnchors anchors = new FakeAnchors();
  private final Medium disk = new FickleMedium().withoutForcing();

  /** A journal of two segments of 4 and 5 entries. */
  private JournalFolder whole;

  private byte[] lastSegment;

  /** Where the records of the last segment begin, and where its footer does. */
  private final List<Long> positions = new ArrayList<>();

  @BeforeEach
  void writeJournal() throws IOException {
    Journals.Settings settings = new Journals.Settings(folder.resolve("whole"));
    GroupCommitJournal journal = Journals.open(settings.done(), new FakeAnchors(), disk);
    for (int i = 0; i < 9; i++) {
      Objects.requireNonNull(journal.begin(Journals.intent("g" + i))).refused(Outcome.OK, i);
      Journals.await("written", () -> journal.backlog() == 0);
    }
    journal.close();
    whole = journal.folder();
    Files.delete(whole.closedMark());
    splitInTwo();
    lastSegment = Files.readAllBytes(whole.segment(1));
    try (SegmentReader reader = SegmentReader.open(whole.segment(1))) {
      for (SegmentRecord record = reader.next(); record != null; record = reader.next()) {
        positions.add(record.position());
      }
      positions.add(reader.end().position());
    }
  }

  /** Writes what is in one segment as two, so that the sizes are known. */
  private void splitInTwo() throws IOException {
    List<byte[]> entries = new ArrayList<>();
    try (SegmentReader reader = SegmentReader.open(whole.segment(0))) {
      for (SegmentRecord record = reader.next(); record != null; record = reader.next()) {
        entries.add(record.entry());
      }
    }
    SegmentFooter footer = Segments.write(whole, 0, 0, ChainHasher.NOTHING, entries.subList(0, 9));
    Segments.write(whole, 1, 9, footer.hash(), entries.subList(9, 18));
  }

  private JournalFolder copy(String name) throws IOException {
    Path journals = Files.createDirectory(folder.resolve(name));
    JournalFolder copy = new JournalFolder(whole.id(), journals.resolve(whole.id().value()));
    Files.createDirectory(copy.path());
    for (JournalFolder.Part part : whole.parts()) {
      Files.copy(part.file(), copy.path().resolve(part.file().getFileName()));
    }
    Files.createFile(copy.lock());
    return copy;
  }

  private static Path journals(JournalFolder copy) {
    return Objects.requireNonNull(copy.path().getParent());
  }

  private Recovery recover(JournalFolder copy, FakeAnchors to) throws IOException {
    Recovery recovery = new Recovery(journals(copy), OTHER, to, disk);
    recovery.run();
    return recovery;
  }

  @Test
  void run_cutAtAnyByte_keepsEveryWholeRecordAndSaysWhatWasCutOff() throws IOException {
    for (int length = 0; length <= lastSegment.length; length++) {
      JournalFolder copy = copy("cut-" + length);
      Files.write(copy.segment(1), Arrays.copyOf(lastSegment, length));
      FakeAnchors to = new FakeAnchors();
      Recovery recovery = recover(copy, to);
      assertEquals(List.of(), recovery.damaged(), "cut at " + length);
      long size = length;
      long records = positions.stream().skip(1).filter(position -> position <= size).count();
      List<Entry> entries = Journals.read(copy);
      assertEquals(9 + records, entries.size(), "cut at " + length);
      FakeAnchors.End end = to.end(copy.id());
      assertEquals(9 + records, end.entries());
      assertFalse(end.orderly());
      assertTrue(copy.closed());
      verifyTorn(length, records, to.segments(copy.id()));
    }
  }

  private void verifyTorn(int length, long records, List<Anchors.Segment> segments) {
    boolean begun = length >= SegmentHeader.BYTES;
    assertEquals(begun ? 2 : 1, segments.size(), "cut at " + length);
    if (begun) {
      boolean closed = length == lastSegment.length;
      assertEquals(
          closed ? 0 : length - positions.get((int) records), segments.getLast().tornBytes());
    }
  }

  @Test
  void run_onlyBirthTorn_endsAJournalWithoutSegments() throws IOException {
    JournalFolder copy = copy("birth");
    Files.delete(copy.segment(1));
    Files.write(copy.segment(0), new byte[50]);
    recover(copy, anchors);
    assertEquals(new FakeAnchors.End(0, 0, ChainHasher.NOTHING, false), anchors.end(copy.id()));
  }

  @Test
  void run_garbageBehindTheLastRecord_isCutOff() throws IOException {
    int end = positions.getLast().intValue();
    for (int filler : new int[] {0, 1, 0x7f, 0xff}) {
      JournalFolder copy = copy("garbage-" + filler);
      byte[] bytes = Arrays.copyOf(lastSegment, end + 5_000);
      Arrays.fill(bytes, end, bytes.length, (byte) filler);
      Files.write(copy.segment(1), bytes);
      FakeAnchors to = new FakeAnchors();
      recover(copy, to);
      assertEquals(18, Journals.read(copy).size());
      assertEquals(5_000, to.segments(copy.id()).getLast().tornBytes());
    }
  }

  @Test
  void run_oneBitChangedInTheMiddle_isReportedAndLeftAsItIs() throws IOException {
    long lastRecord = positions.get(positions.size() - 2);
    for (int position = 0; position < lastRecord; position += 7) {
      verifyLeftAlone("middle-" + position, 1, position);
    }
  }

  @Test
  void run_oneBitChangedInAClosedSegment_isReportedAndLeftAsItIs() throws IOException {
    int length = (int) Files.size(whole.segment(0));
    for (int position = 0; position < length; position += 13) {
      verifyLeftAlone("closed-" + position, 0, position);
    }
  }

  private void verifyLeftAlone(String name, long segment, int position) throws IOException {
    JournalFolder copy = copy(name);
    byte[] bytes = Files.readAllBytes(copy.segment(segment));
    bytes[position] ^= 1;
    Files.write(copy.segment(segment), bytes);
    FakeAnchors to = new FakeAnchors();
    Recovery recovery = recover(copy, to);
    assertEquals(1, recovery.damaged().size(), name);
    assertEquals(segment, recovery.damaged().getFirst().segment());
    assertArrayEquals(bytes, Files.readAllBytes(copy.segment(segment)));
    assertFalse(to.ended(copy.id()));
    assertFalse(copy.closed());
  }

  @Test
  void run_recordChangedAndFooterGone_isReportedBecauseOthersFollow() throws IOException {
    JournalFolder copy = copy("no-footer");
    byte[] bytes = Arrays.copyOf(lastSegment, positions.getLast().intValue());
    bytes[positions.get(3).intValue() + 30] ^= 1;
    Files.write(copy.segment(1), bytes);
    Recovery recovery = recover(copy, anchors);
    DamagedJournal damage = recovery.damaged().getFirst();
    assertEquals(positions.get(3), damage.position());
    assertArrayEquals(bytes, Files.readAllBytes(copy.segment(1)));
    assertFalse(anchors.ended(copy.id()));
    // What is whole before it is brought to safety.
    assertEquals(1, anchors.segments(copy.id()).size());
  }

  @Test
  void run_lengthOfARecordChanged_isReportedAlthoughTheFileSeemsTorn() throws IOException {
    JournalFolder copy = copy("length");
    byte[] bytes = Arrays.copyOf(lastSegment, positions.getLast().intValue());
    ByteBuffer.wrap(bytes).putInt(positions.get(5).intValue(), 16_000);
    Files.write(copy.segment(1), bytes);
    assertEquals(positions.get(5), recover(copy, anchors).damaged().getFirst().position());
  }

  @Test
  void run_moreBehindThanACommitWrites_isReported() throws IOException {
    JournalFolder copy = copy("long");
    int end = positions.getLast().intValue();
    Files.write(
        copy.segment(1),
        Arrays.copyOf(Arrays.copyOf(lastSegment, end), end + CommitBatch.BYTES_MAX + 1));
    assertEquals(end, recover(copy, anchors).damaged().getFirst().position());
  }

  @Test
  void run_somethingBehindAFooter_isReported() throws IOException {
    JournalFolder copy = copy("behind");
    Files.write(copy.segment(1), Arrays.copyOf(lastSegment, lastSegment.length + 1));
    assertEquals(1, recover(copy, anchors).damaged().size());
    assertEquals(lastSegment.length + 1, Files.size(copy.segment(1)));
  }

  @Test
  void run_lastRecordChanged_isATornTail() throws IOException {
    // This cannot be told from a write that was cut short.
    JournalFolder copy = copy("last");
    byte[] bytes = Arrays.copyOf(lastSegment, positions.getLast().intValue());
    bytes[bytes.length - 1] ^= 1;
    Files.write(copy.segment(1), bytes);
    assertEquals(List.of(), recover(copy, anchors).damaged());
    assertEquals(17, Journals.read(copy).size());
    assertTrue(anchors.segments(copy.id()).getLast().tornBytes() > 0);
  }

  @Test
  void run_segmentMissing_isReported() throws IOException {
    JournalFolder copy = copy("missing");
    Files.delete(copy.segment(0));
    assertEquals("it is missing", recover(copy, anchors).damaged().getFirst().problem());
  }

  @Test
  void run_segmentOfAnotherJournal_isReported() throws IOException {
    JournalFolder copy = copy("swapped");
    JournalFolder other = new JournalFolder(OTHER, copy.path());
    Segments.write(other, 0, 0, ChainHasher.NOTHING, List.of(new byte[20]));
    assertEquals(1, recover(copy, anchors).damaged().size());
  }

  @Test
  void run_controlLogGone_isDoneAgainLater() throws IOException {
    JournalFolder copy = copy("later");
    Files.write(copy.segment(1), Arrays.copyOf(lastSegment, lastSegment.length - 10));
    Recovery recovery = new Recovery(journals(copy), OTHER, anchors, disk);
    anchors.failing(true);
    assertThrows(AuditUnavailableException.class, recovery::run);
    assertFalse(copy.closed());
    anchors.failing(false);
    recovery.run();
    assertEquals(18, anchors.end(copy.id()).entries());
    assertTrue(copy.closed());
  }

  /** Anchors both segments as they are. */
  private FakeAnchors anchored() throws IOException {
    FakeAnchors to = new FakeAnchors();
    to.opened(whole.id().value());
    for (int i = 0; i < 2; i++) {
      Edges edges = Objects.requireNonNull(Edges.read(whole.parts().get(i)));
      SegmentFooter footer = edges.footer();
      to.anchored(
          new Anchors.Segment(
              whole.id().value(),
              i,
              edges.header().first(),
              footer.count(),
              footer.root(),
              footer.hash(),
              footer.torn()));
    }
    return to;
  }

  private void verifyAnchoredLeftAlone(JournalFolder copy, long segment) throws IOException {
    FakeAnchors to = anchored();
    List<Anchors.Segment> before = to.segments(copy.id());
    List<JournalFolder.Part> parts = copy.parts();
    List<byte[]> files = new ArrayList<>();
    for (JournalFolder.Part part : parts) {
      files.add(Files.readAllBytes(part.file()));
    }
    Recovery recovery = recover(copy, to);
    String name = copy.path().toString();
    assertEquals(1, recovery.damaged().size(), name);
    assertEquals(segment, recovery.damaged().getFirst().segment(), name);
    assertEquals(parts, copy.parts(), name);
    for (int i = 0; i < parts.size(); i++) {
      assertArrayEquals(files.get(i), Files.readAllBytes(parts.get(i).file()), name);
    }
    assertEquals(before, to.segments(copy.id()), name);
    assertFalse(to.ended(copy.id()), name);
    assertFalse(copy.closed(), name);
  }

  @Test
  void run_anchoredSegmentCutAnywhere_isReportedAndLeftAsItIs() throws IOException {
    for (int length = 0; length < lastSegment.length; length += 17) {
      JournalFolder copy = copy("anchored-" + length);
      Files.write(copy.segment(1), Arrays.copyOf(lastSegment, length));
      verifyAnchoredLeftAlone(copy, 1);
    }
    for (long length : new long[] {SegmentHeader.BYTES, positions.get(3), positions.getLast()}) {
      JournalFolder copy = copy("anchored-at-" + length);
      Files.write(copy.segment(1), Arrays.copyOf(lastSegment, (int) length));
      verifyAnchoredLeftAlone(copy, 1);
    }
  }

  @Test
  void run_anchoredSegmentMissing_isReportedAndLeftAsItIs() throws IOException {
    for (int segment = 0; segment < 2; segment++) {
      JournalFolder copy = copy("anchored-missing-" + segment);
      Files.delete(copy.segment(segment));
      verifyAnchoredLeftAlone(copy, segment);
    }
    JournalFolder copy = copy("anchored-all-missing");
    Files.delete(copy.segment(0));
    Files.delete(copy.segment(1));
    verifyAnchoredLeftAlone(copy, 0);
  }

  @Test
  void run_anchoredSegmentRewrittenConsistently_isReportedAndLeftAsItIs() throws IOException {
    JournalFolder copy = copy("anchored-rewritten");
    SegmentFooter first = Objects.requireNonNull(Edges.read(whole.parts().get(0))).footer();
    Segments.write(copy, 1, 9, first.hash(), List.of(new byte[20]));
    verifyAnchoredLeftAlone(copy, 1);
    JournalFolder both = copy("anchored-both-rewritten");
    SegmentFooter other =
        Segments.write(both, 0, 0, ChainHasher.NOTHING, List.of(new byte[20], new byte[21]));
    Segments.write(both, 1, 2, other.hash(), List.of(new byte[20]));
    verifyAnchoredLeftAlone(both, 0);
  }

  @Test
  void run_allAnchoredAndWhole_isEnded() throws IOException {
    JournalFolder copy = copy("anchored-whole");
    FakeAnchors to = anchored();
    assertEquals(List.of(), recover(copy, to).damaged());
    assertEquals(
        new FakeAnchors.End(2, 18, to.segments(copy.id()).getLast().chain(), false),
        to.end(copy.id()));
    assertTrue(copy.closed());
  }

  @Test
  void run_ownerAlive_leavesItAlone() throws IOException {
    Journals.Settings settings = new Journals.Settings(folder.resolve("alive"));
    GroupCommitJournal alive = Journals.open(settings.done(), new FakeAnchors(), disk);
    new Recovery(folder.resolve("alive"), OTHER, anchors, disk).run();
    assertFalse(anchors.opened(alive.id()));
    assertTrue(alive.folder().ownerAlive());
    alive.close();
    assertFalse(alive.folder().ownerAlive());
  }

  @Test
  void open_journalOfADeadProcessInTheFolder_endsIt() throws IOException {
    JournalFolder copy = copy("dead");
    Files.write(copy.segment(1), Arrays.copyOf(lastSegment, lastSegment.length - 1));
    Journals.Settings settings = new Journals.Settings(journals(copy));
    GroupCommitJournal journal = Journals.open(settings.done(), anchors, disk);
    Journals.await("ended", copy::closed);
    assertTrue(anchors.ended(copy.id()));
    journal.close();
  }

  @Test
  void recovery_takesLong_delaysNeitherAnchoringNorClosing() throws IOException {
    JournalFolder copy = copy("slow");
    CountDownLatch go = new CountDownLatch(1);
    anchors.readingWaitsFor(go);
    Journals.Settings settings = new Journals.Settings(journals(copy));
    settings.segmentBytesMax = JournalSettings.SEGMENT_BYTES_MIN;
    try {
      GroupCommitJournal journal = Journals.open(settings.done(), anchors, disk);
      Journals.await("recovery", anchors::wasRead);
      for (int i = 0; anchors.segments(journal.id()).size() < 2; i++) {
        Objects.requireNonNull(journal.begin(Journals.intent("g" + i))).refused(Outcome.OK, i);
        Journals.await("written", () -> journal.backlog() == 0);
        Journals.await("anchored", () -> journal.segmentsUnanchored() == 0);
      }
      assertFalse(anchors.opened(copy.id()));
      journal.close();
      assertTrue(anchors.end(journal.id()).orderly());
      assertTrue(journal.folder().closed());
      assertFalse(copy.closed());
    } finally {
      go.countDown();
    }
  }

  @Test
  void run_stopped_leavesTheRestToAnother() throws IOException {
    JournalFolder copy = copy("stopped");
    Recovery recovery = new Recovery(journals(copy), OTHER, anchors, disk);
    recovery.stop();
    recovery.run();
    assertFalse(copy.closed());
    assertEquals(List.of(), recovery.damaged());
    assertEquals(List.of(), recover(copy, anchors).damaged());
    assertTrue(copy.closed());
  }
}
