package dev.gatehouse.audit.control;

import dev.gatehouse.audit.entry.EntryKind;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which entries of the control log are wanted; null for all.
 *
 * @param kind of that kind
 * @param caller by that caller
 * @param model about that model
 * @param action with that action
 * @param outcome that ended so
 * @param journal about that journal
 * @param from at that time or later
 * @param to before that time
 */
public record ControlFilter(
    @Nullable EntryKind kind,
    @Nullable String caller,
    @Nullable String model,
    @Nullable String action,
    @Nullable String outcome,
    @Nullable String journal,
    @Nullable Instant from,
    @Nullable Instant to) {

  /** All of them. */
  public static final ControlFilter ALL =
      new ControlFilter(null, null, null, null, null, null, null, null);
}
