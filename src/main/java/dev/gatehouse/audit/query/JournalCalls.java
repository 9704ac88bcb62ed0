package dev.gatehouse.audit.query;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryFormatException;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.journal.JournalFolder;
import dev.gatehouse.audit.journal.SegmentEnd;
import dev.gatehouse.audit.journal.SegmentHeader;
import dev.gatehouse.audit.journal.SegmentReader;
import dev.gatehouse.audit.journal.SegmentRecord;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Reason;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The ended calls of one journal, one after the other. Nothing is open before the first is asked
 * for. One thread.
 */
final class JournalCalls implements Closeable {

  /** How many calls that have not ended are remembered; beyond it the first of them is lost. */
  static final int OPEN_MAX = 20_000;

  /** What methods begin with whose resource is a model. */
  private static final String INFERENCE = "inference.GRPCInferenceService/";

  private final Instant start;
  private final Instant end;
  private final Deque<JournalFolder.Part> parts = new ArrayDeque<>();
  private final Map<Long, Entry> open = new LinkedHashMap<>();
  private @Nullable SegmentReader segment;
  private @Nullable RecordedCall call;
  private Instant time;

  JournalCalls(JournalFolder folder, Instant start, Instant end) throws IOException {
    this.start = start;
    this.end = end;
    this.time = start;
    for (JournalFolder.Part part : folder.parts()) {
      if (!part.hashesOnly()) {
        parts.add(part);
      }
    }
    leaveOutWhatIsBefore();
  }

  /** Of the segments begun before the start only the last may have what is meant. */
  private void leaveOutWhatIsBefore() throws IOException {
    JournalFolder.Part before = null;
    while (!parts.isEmpty()) {
      Instant opened = opened(parts.getFirst());
      if (opened.isAfter(start)) {
        time = before == null ? opened : start;
        break;
      }
      before = parts.removeFirst();
    }
    if (before != null) {
      parts.addFirst(before);
    }
  }

  private static Instant opened(JournalFolder.Part part) throws IOException {
    try (SegmentReader reader = SegmentReader.open(part.file())) {
      SegmentHeader header = reader.header();
      return header == null
          ? Instant.MIN
          : Instant.EPOCH.plus(header.openedMicros(), ChronoUnit.MICROS);
    } catch (NoSuchFileException deleted) {
      return Instant.MIN;
    }
  }

  /** The time of the call, or before the first when there is none before. */
  Instant time() {
    return time;
  }

  /** The call, or null before the first and after the last. */
  @Nullable RecordedCall call() {
    return call;
  }

  /**
   * Goes on to the next call.
   *
   * @param entriesMax how many entries it looks at, at most
   * @return how many it looked at
   */
  long advance(long entriesMax) throws IOException {
    long entries = 0;
    call = null;
    while (call == null && entries < entriesMax) {
      Entry entry = entry();
      if (entry == null) {
        return entries;
      }
      entries++;
      RecordedCall ended = ended(entry);
      if (ended != null && !ended.time().isBefore(end)) {
        return entries;
      }
      if (ended != null && !ended.time().isBefore(start)) {
        call = ended;
        time = ended.time();
      }
    }
    return entries;
  }

  private @Nullable Entry entry() throws IOException {
    while (segment != null || openNext()) {
      SegmentReader reader = segment;
      SegmentRecord record = reader == null ? null : reader.next();
      if (record != null) {
        try {
          return EntryCodec.read(record.entry());
        } catch (EntryFormatException damaged) {
          parts.clear();
        }
      } else if (reader != null && reader.end() instanceof SegmentEnd.Wrong) {
        parts.clear();
      }
      close();
    }
    return null;
  }

  private boolean openNext() throws IOException {
    while (segment == null && !parts.isEmpty()) {
      try {
        segment = SegmentReader.open(parts.removeFirst().file());
      } catch (NoSuchFileException deleted) {
        // Its payload was deleted since the folder was read.
      }
    }
    return segment != null;
  }

  private @Nullable RecordedCall ended(Entry entry) {
    if (entry.kind() == EntryKind.INTENT) {
      open.put(entry.sequence(), entry);
      if (open.size() > OPEN_MAX) {
        Iterator<Entry> first = open.values().iterator();
        first.next();
        first.remove();
      }
      return null;
    }
    if (entry.kind() == EntryKind.OUTCOME) {
      Entry intent = open.remove(entry.number(Field.INTENT));
      return intent == null
          ? null
          : call(intent, entry, intent.text(Field.MODEL), intent.number(Field.ROWS));
    }
    if (entry.kind() != EntryKind.CALL || entry.text(Field.CALLER) == null) {
      return null;
    }
    String action = entry.text(Field.ACTION);
    boolean inference = action != null && action.startsWith(INFERENCE);
    return call(entry, entry, inference ? entry.text(Field.RESOURCE) : null, 0);
  }

  private static RecordedCall call(Entry asked, Entry ended, @Nullable String model, long rows) {
    return new RecordedCall(
        textOf(asked, Field.CALLER),
        textOf(asked, Field.TEAM),
        textOf(asked, Field.CREDENTIAL),
        asked.text(Field.ADDRESS),
        model,
        outcome(textOf(ended, Field.OUTCOME)),
        rows,
        asked.number(Field.REQUEST_BYTES),
        ended.number(Field.LATENCY_MICROS),
        ended.time());
  }

  private static String textOf(Entry entry, Field field) {
    String text = entry.text(field);
    return text == null ? "" : text;
  }

  private static Outcome outcome(String label) {
    if (label.equals(Outcome.OK.label())) {
      return Outcome.OK;
    }
    try {
      return Outcome.refused(Reason.valueOf(label));
    } catch (IllegalArgumentException ofAnotherVersion) {
      return Outcome.refused(Reason.INTERNAL);
    }
  }

  @Override
  public void close() {
    try {
      if (segment != null) {
        segment.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      segment = null;
    }
  }
}
