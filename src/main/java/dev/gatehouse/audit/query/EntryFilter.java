package dev.gatehouse.audit.query;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which entries are meant; what is null does not restrict them.
 *
 * @param log the log
 * @param caller the id of the caller
 * @param model the name of the model, which an entry has as such or as its resource
 * @param action the action or method, in full
 * @param outcome how it ended
 * @param start not before
 * @param end before
 */
public record EntryFilter(
    EntryKind.@Nullable Log log,
    @Nullable String caller,
    @Nullable String model,
    @Nullable String action,
    @Nullable String outcome,
    @Nullable Instant start,
    @Nullable Instant end) {

  /** Whether entries of that log are meant at all. */
  public boolean includes(EntryKind.Log one) {
    return log == null || log == one;
  }

  /** Whether the entry is meant, as far as it can be told without how it ended. */
  public boolean mayAccept(Entry entry) {
    return includes(entry.kind().log())
        && (start == null || !entry.time().isBefore(start))
        && (end == null || entry.time().isBefore(end))
        && (caller == null || caller.equals(entry.text(Field.CALLER)))
        && (action == null || action.equals(entry.text(Field.ACTION)))
        && (model == null || about(entry, model));
  }

  /**
   * Whether the entry is meant.
   *
   * @param ended the entry that says how it ended: the entry itself unless it is an intent, null if
   *     there is none
   */
  public boolean accepts(Entry entry, @Nullable Entry ended) {
    return mayAccept(entry)
        && (outcome == null || (ended != null && outcome.equals(ended.text(Field.OUTCOME))));
  }

  private static boolean about(Entry entry, String model) {
    if (model.equals(entry.text(Field.MODEL))) {
      return true;
    }
    String resource = entry.text(Field.RESOURCE);
    String name = "models/" + model;
    return resource != null && (resource.equals(name) || resource.startsWith(name + "/"));
  }
}
