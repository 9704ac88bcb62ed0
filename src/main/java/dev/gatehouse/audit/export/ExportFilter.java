package dev.gatehouse.audit.export;

import dev.gatehouse.audit.control.ControlRow;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which entries are wanted; null for all. How a call ended comes with the call, unless outcomes are
 * asked for: then it comes alone, and names the entry of the call.
 *
 * @param caller by that caller
 * @param model about that model
 * @param action with that action
 * @param outcome that ended so
 * @param since at that time or later
 * @param until before that time
 */
public record ExportFilter(
    @Nullable String caller,
    @Nullable String model,
    @Nullable String action,
    @Nullable String outcome,
    @Nullable Instant since,
    @Nullable Instant until) {

  /** All of them. */
  public static final ExportFilter ALL = new ExportFilter(null, null, null, null, null, null);

  /** Whether it takes everything. */
  public boolean all() {
    return equals(ALL);
  }

  /** Whether it takes an entry, but for how that ended. */
  boolean takes(Entry entry) {
    return same(caller, entry.text(Field.CALLER))
        && same(model, model(entry))
        && same(action, entry.text(Field.ACTION))
        && (since == null || !entry.time().isBefore(since))
        && (until == null || entry.time().isBefore(until));
  }

  /** Whether it takes how an entry ended; one that does not say takes no part in that. */
  boolean takesOutcome(Entry entry) {
    return same(outcome, entry.text(Field.OUTCOME));
  }

  private static @Nullable String model(Entry entry) {
    return entry.kind().log() == EntryKind.Log.CONTROL
        ? ControlRow.of(entry).model()
        : entry.text(Field.MODEL);
  }

  private static boolean same(@Nullable String wanted, @Nullable String is) {
    return wanted == null || wanted.equals(is);
  }
}
