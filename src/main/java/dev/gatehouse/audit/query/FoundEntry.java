package dev.gatehouse.audit.query;

import dev.gatehouse.audit.entry.Entry;
import org.jspecify.annotations.Nullable;

/**
 * An entry that was looked for.
 *
 * @param journal the id of the journal it is in, or null in the control log
 * @param entry what it says
 * @param bytes its canonical bytes; not to be changed
 * @param ended for an intent, the entry that says how the call ended; null if there is none
 */
public record FoundEntry(
    @Nullable String journal, Entry entry, byte[] bytes, @Nullable Entry ended) {

  /** Its name. */
  public EntryName name() {
    return new EntryName(journal, entry.sequence());
  }
}
