package dev.gatehouse.testing;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryFormatException;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.journal.JournalFolder;
import dev.gatehouse.audit.journal.SegmentReader;
import dev.gatehouse.audit.journal.SegmentRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;

/** What access journals hold on disk, read from outside while they are written. */
public final class RecordedEntries {

  /** How long an entry may take to get to the disk. */
  private static final Duration WAIT_MAX = Duration.ofSeconds(60);

  private final Path folder;

  private RecordedEntries(Path folder) {
    this.folder = folder;
  }

  /** Those of the journals in {@code folder}, the setting {@code gatehouse.audit.folder}. */
  public static RecordedEntries of(Path folder) {
    return new RecordedEntries(folder);
  }

  /**
   * All entries that are on disk, journal by journal, each in its order.
   *
   * @throws IllegalStateException if a segment is not as it should be
   */
  public List<Entry> all() {
    List<Entry> entries = new ArrayList<>();
    try {
      for (JournalFolder journal : JournalFolder.in(folder)) {
        for (JournalFolder.Part part : journal.parts()) {
          if (!part.hashesOnly()) {
            read(part.file(), entries);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return entries;
  }

  private static void read(Path file, List<Entry> entries) throws IOException {
    try (SegmentReader reader = SegmentReader.open(file)) {
      for (SegmentRecord record = reader.next(); record != null; record = reader.next()) {
        entries.add(EntryCodec.read(record.entry()));
      }
    } catch (NoSuchFileException deletedMeanwhile) {
      // Its hashes are in its place now.
    } catch (EntryFormatException e) {
      throw new IllegalStateException(file + " holds what is no entry", e);
    }
  }

  /** The entries of a kind that fit. */
  public List<Entry> all(EntryKind kind, Predicate<Entry> fits) {
    return all().stream().filter(entry -> entry.kind() == kind).filter(fits).toList();
  }

  /**
   * The only entry of a kind that fits, once it is on disk.
   *
   * @throws IllegalStateException if it does not come, or there are several
   */
  public Entry await(EntryKind kind, Predicate<Entry> fits) {
    if (!Await.until(WAIT_MAX, () -> !all(kind, fits).isEmpty())) {
      throw new IllegalStateException("no such " + kind + " in " + all());
    }
    List<Entry> found = all(kind, fits);
    if (found.size() != 1) {
      throw new IllegalStateException("not one but " + found);
    }
    return found.getFirst();
  }

  /** The outcome of an intent of the same journal, once it is on disk. */
  public Entry outcomeOf(Entry intent) {
    return await(EntryKind.OUTCOME, entry -> entry.number(Field.INTENT) == intent.sequence());
  }

  /** Whether a field of an entry has this text. */
  public static Predicate<Entry> has(Field field, String text) {
    return entry -> Objects.equals(entry.fields().get(field), text);
  }

  /** Everything as text, for what must not be in it. */
  public String text() {
    return Optional.of(all()).map(Object::toString).orElseThrow();
  }
}
