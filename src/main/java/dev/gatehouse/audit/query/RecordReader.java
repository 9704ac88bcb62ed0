package dev.gatehouse.audit.query;

import dev.gatehouse.audit.AuditUnavailableException;
import dev.gatehouse.audit.control.ControlFilter;
import dev.gatehouse.audit.control.ControlLogReader;
import dev.gatehouse.audit.control.StoredEntry;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryFormatException;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.export.ControlEntries;
import dev.gatehouse.audit.export.Exporter;
import dev.gatehouse.audit.journal.JournalFolder;
import dev.gatehouse.audit.journal.JournalId;
import dev.gatehouse.audit.merkle.LeafTree;
import dev.gatehouse.audit.merkle.Proofs;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Looks entries up in both logs, and proves them. */
public final class RecordReader {

  /** The most entries of a page. */
  public static final int PAGE_MAX = 1_000;

  /** How many entries of journals a page looks at, at most. */
  public static final int SCANNED_MAX = 200_000;

  /** How many journals that cannot be read are named. */
  public static final int UNREACHABLE_MAX = 100;

  private static final int JOURNALS_AT_ONCE = 1_000;

  private final ControlLogReader control;
  private final Path journals;

  /** Reads a control log, and the journals in a folder. */
  public RecordReader(ControlLogReader control, Path journals) {
    this.control = control;
    this.journals = journals;
  }

  /** Exports what this reads. */
  public Exporter exporter() {
    return new Exporter(ControlEntries.of(control), List.of(journals));
  }

  /** The calls in the journals that this reads. */
  public RecordedCalls calls() {
    return RecordedCalls.in(journals);
  }

  /**
   * A page of entries.
   *
   * @param entries the entries, of the control log first, then of each journal
   * @param next where the next page begins, or null if this is the last
   * @param unreachable journals whose entries are missing here; on the last page
   */
  public record Result(
      List<FoundEntry> entries, @Nullable EntryName next, List<String> unreachable) {}

  /**
   * The entries that are meant.
   *
   * @param from where the page begins; null for the first
   * @param max the most entries, 1 to {@link #PAGE_MAX}
   */
  public Result list(EntryFilter filter, @Nullable EntryName from, int max) {
    List<FoundEntry> found = new ArrayList<>();
    if (filter.includes(EntryKind.Log.CONTROL) && (from == null || from.journal() == null)) {
      List<StoredEntry> page =
          control.page(
              columns(filter),
              false,
              OptionalLong.of(from == null ? -1 : from.sequence() - 1),
              max + 1);
      for (StoredEntry stored : page.subList(0, Math.min(max, page.size()))) {
        found.add(controlEntry(stored));
      }
      if (page.size() > max) {
        return new Result(
            found, new EntryName(null, page.get(max).columns().sequence()), List.of());
      }
    }
    if (!filter.includes(EntryKind.Log.JOURNAL)) {
      return new Result(found, null, List.of());
    }
    return journals(filter, from, max, found);
  }

  private static ControlFilter columns(EntryFilter filter) {
    return new ControlFilter(
        null,
        filter.caller(),
        filter.model(),
        filter.action(),
        filter.outcome(),
        null,
        filter.start(),
        filter.end());
  }

  private Result journals(
      EntryFilter filter, @Nullable EntryName from, int max, List<FoundEntry> found) {
    String first = from == null || from.journal() == null ? "" : from.journal();
    int scans = SCANNED_MAX;
    Set<String> wrong = new HashSet<>();
    try {
      List<JournalFolder> folders = JournalFolder.in(journals);
      for (JournalFolder folder : folders) {
        String id = folder.id().value();
        if (id.compareTo(first) < 0) {
          continue;
        }
        long begin = from != null && id.equals(first) ? from.sequence() : 0;
        if (found.size() >= max || scans <= 0) {
          return new Result(found, new EntryName(id, begin), List.of());
        }
        JournalPage page = new JournalPage(id, filter, max - found.size(), scans);
        if (!new JournalSearch(folder).visit(begin, page)) {
          wrong.add(id);
        }
        long next = page.end();
        found.addAll(page.found());
        scans = page.scansLeft();
        if (next >= 0) {
          return new Result(found, new EntryName(id, next), List.of());
        }
      }
      return new Result(found, null, unreachable(folders, wrong));
    } catch (IOException e) {
      throw new AuditUnavailableException("the journals cannot be read", e);
    }
  }

  private List<String> unreachable(List<JournalFolder> folders, Set<String> wrong) {
    Set<String> here = new HashSet<>();
    folders.forEach(folder -> here.add(folder.id().value()));
    here.removeAll(wrong);
    List<String> missing = new ArrayList<>();
    String last = "";
    for (List<String> some = control.openedAfter(last, JOURNALS_AT_ONCE);
        !some.isEmpty() && missing.size() < UNREACHABLE_MAX;
        some = control.openedAfter(last, JOURNALS_AT_ONCE)) {
      some.stream()
          .filter(id -> !here.contains(id))
          .limit(UNREACHABLE_MAX - missing.size())
          .forEach(missing::add);
      last = some.getLast();
    }
    return missing;
  }

  /** The entry of that name. */
  public Optional<FoundEntry> get(EntryName name) {
    String journal = name.journal();
    if (journal == null) {
      return control.entry(name.sequence()).map(RecordReader::controlEntry);
    }
    try {
      Optional<JournalSearch> search = search(journal);
      return search.isEmpty() ? Optional.empty() : search.get().get(name.sequence());
    } catch (IOException e) {
      throw new AuditUnavailableException("the journals cannot be read", e);
    }
  }

  private Optional<JournalSearch> search(String journal) throws IOException {
    for (JournalFolder folder : JournalFolder.in(journals)) {
      if (folder.id().equals(new JournalId(journal))) {
        return Optional.of(new JournalSearch(folder));
      }
    }
    return Optional.empty();
  }

  private static FoundEntry controlEntry(StoredEntry stored) {
    Entry entry = read(stored);
    return new FoundEntry(null, entry, stored.bytes(), entry);
  }

  private static Entry read(StoredEntry stored) {
    try {
      return EntryCodec.read(stored.bytes());
    } catch (EntryFormatException e) {
      throw new IllegalStateException(
          "entry " + stored.columns().sequence() + " of the control log", e);
    }
  }

  /**
   * The proof that an entry is in the tree of the control log; empty if there is no such entry.
   *
   * @param wantedSize of the tree, 0 for the present one
   * @throws RefusedException with {@code ArgumentInvalid} if there is no such tree or the entry is
   *     not in it, {@code StateInvalid} if its segment is not anchored yet
   */
  public Optional<EntryProof> prove(EntryName name, long wantedSize) {
    long size = size("tree_size", wantedSize);
    Optional<FoundEntry> found = get(name);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    FoundEntry entry = found.get();
    if (entry.journal() == null) {
      return Optional.of(proof(entry.bytes(), null, entry.bytes(), name.sequence(), size));
    }
    return Optional.of(proveInJournal(entry, entry.journal(), size));
  }

  private EntryProof proveInJournal(FoundEntry entry, String journal, long size) {
    long sequence = entry.entry().sequence();
    JournalSearch.Leaves leaves;
    try {
      leaves =
          search(journal)
              .orElseThrow(RecordReader::notAnchored)
              .leavesAround(sequence)
              .orElseThrow(RecordReader::notAnchored);
    } catch (IOException e) {
      throw new AuditUnavailableException("the journals cannot be read", e);
    }
    StoredEntry anchor =
        control.anchor(journal, leaves.header().number()).orElseThrow(RecordReader::notAnchored);
    Entry anchored = read(anchor);
    LeafTree tree = LeafTree.of(leaves.leaves());
    long count = leaves.leaves().size();
    if (anchored.number(Field.COUNT) != count
        || !Proofs.root(tree, count).equals(anchored.hash(Field.ROOT))) {
      throw new RefusedException(
          new Refusal.StateInvalid("its segment is not what was anchored: run the verifier"));
    }
    long index = sequence - leaves.header().first();
    return proof(
        entry.bytes(),
        new EntryProof.InSegment(
            journal,
            leaves.header().number(),
            index,
            count,
            anchored.hash(Field.ROOT),
            Proofs.inclusion(tree, index, count)),
        anchor.bytes(),
        anchored.sequence(),
        size);
  }

  private EntryProof proof(
      byte[] entry, EntryProof.@Nullable InSegment inSegment, byte[] leaf, long index, long size) {
    if (index >= size) {
      throw new RefusedException(
          Refusal.ArgumentInvalid.of("tree_size", "is before the entry was in the tree"));
    }
    return new EntryProof(
        entry,
        inSegment,
        leaf,
        index,
        size,
        control.root(size),
        Proofs.inclusion(control, index, size));
  }

  private static RefusedException notAnchored() {
    return new RefusedException(new Refusal.StateInvalid("its segment is not anchored yet"));
  }

  /**
   * The proof that one tree is the beginning of another.
   *
   * @param first the smaller size, at least 1
   * @param wantedSecond the larger size, 0 for the present one
   * @throws RefusedException with {@code ArgumentInvalid} if there are no such trees
   */
  public ConsistencyProof proveConsistency(long first, long wantedSecond) {
    long second = size("second_size", wantedSecond);
    if (first < 1 || first > second) {
      throw new RefusedException(
          Refusal.ArgumentInvalid.of("first_size", "must be from 1 to the larger size"));
    }
    return new ConsistencyProof(
        first,
        control.root(first),
        second,
        control.root(second),
        Proofs.consistency(control, first, second));
  }

  private long size(String field, long wanted) {
    long present = control.size();
    if (wanted < 0 || wanted > present) {
      throw new RefusedException(
          Refusal.ArgumentInvalid.of(field, "must be 0 to the present size, " + present));
    }
    return wanted == 0 ? present : wanted;
  }
}
