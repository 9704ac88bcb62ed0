package dev.gatehouse.audit.control;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryFormatException;
import dev.gatehouse.audit.entry.Field;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What stands beside the bytes of an entry in its row, to find it by: a projection, which says
 * nothing that the bytes do not.
 *
 * @param sequence the place in the log
 * @param timeMicros microseconds since 1970
 * @param kind the code of the kind
 * @param caller the id of the caller
 * @param team the caller's team
 * @param action what was done
 * @param resource what it was done to
 * @param model the model that the resource is or belongs to, if it is named by {@code models/…}
 * @param outcome how it ended
 * @param journal the journal it is about
 * @param segment the segment it is about, or for the end of a journal how many there are
 */
public record ControlRow(
    long sequence,
    long timeMicros,
    int kind,
    @Nullable String caller,
    @Nullable String team,
    @Nullable String action,
    @Nullable String resource,
    @Nullable String model,
    @Nullable String outcome,
    @Nullable String journal,
    @Nullable Long segment) {

  private static final Pattern OF_MODEL = Pattern.compile("models/([a-z0-9-]{1,63})(/.*)?");

  /** The row of an entry. A text of a row cannot hold U+0000: it has U+FFFD instead. */
  public static ControlRow of(Entry entry) {
    String resource = text(entry, Field.RESOURCE);
    return new ControlRow(
        entry.sequence(),
        EntryCodec.micros(entry.time()),
        entry.kind().code(),
        text(entry, Field.CALLER),
        text(entry, Field.TEAM),
        text(entry, Field.ACTION),
        resource,
        model(resource),
        text(entry, Field.OUTCOME),
        text(entry, Field.JOURNAL),
        (Long) entry.fields().get(Field.SEGMENT));
  }

  /** The row of the bytes of an entry just made. */
  static ControlRow of(byte[] made) {
    try {
      return of(EntryCodec.read(made));
    } catch (EntryFormatException e) {
      throw new IllegalStateException("an entry was made that " + e.getMessage(), e);
    }
  }

  private static @Nullable String text(Entry entry, Field field) {
    String text = entry.text(field);
    return text == null ? null : text.replace('\0', '\uFFFD');
  }

  private static @Nullable String model(@Nullable String resource) {
    if (resource == null) {
      return null;
    }
    Matcher matcher = OF_MODEL.matcher(resource);
    return matcher.matches() ? matcher.group(1) : null;
  }
}
