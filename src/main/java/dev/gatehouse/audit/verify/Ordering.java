package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.verify.Finding.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first entry of a log that does not belong where it stands, and tells what happened to
 * it by the numbers of those that follow. Holds a few numbers. For one thread.
 */
final class Ordering {

  /** The number of an entry that cannot be read. */
  static final long UNREADABLE = -1;

  private static final long NOTHING = -2;

  /**
   * The first fault.
   *
   * @param entry the number that belongs at its place
   */
  record Fault(Kind kind, long entry, String text) {}

  private long expected;

  /** The place of the first fault, the number found there and what else is wrong with it. */
  private boolean faulty;

  private long found = NOTHING;
  private @Nullable String problem;

  /** The number behind it, once that is known. */
  private long next = NOTHING;

  private boolean comesLater;

  /** For entries numbered from {@code first} on. */
  Ordering(long first) {
    this.expected = first;
  }

  /**
   * Takes the next entry.
   *
   * @param number its number, or {@link #UNREADABLE}
   * @param wrong what is wrong with it beside its number, or null
   */
  void accept(long number, @Nullable String wrong) {
    if (!faulty) {
      if (number == expected && wrong == null) {
        expected++;
        return;
      }
      faulty = true;
      found = number;
      problem = wrong;
      return;
    }
    if (next == NOTHING) {
      next = number;
    }
    comesLater |= number == expected;
  }

  /** Whether every entry so far is in its place and right. */
  boolean intact() {
    return !faulty;
  }

  /** The number that belongs at the next place, or at that of the first fault. */
  long expected() {
    return expected;
  }

  /** The first fault, or null; to be asked behind the last entry. */
  @Nullable Fault fault() {
    if (!faulty) {
      return null;
    }
    if (found == UNREADABLE || found == expected) {
      return next == expected
          ? fault(Kind.ENTRY_INSERTED, "before it stands an entry that was not written there")
          : fault(Kind.ENTRY_CHANGED, String.valueOf(problem));
    }
    return found > expected ? ahead() : behind();
  }

  private Fault ahead() {
    if (comesLater) {
      return fault(Kind.ENTRY_MOVED, "entry " + found + " stands in its place, and it comes later");
    }
    if (next == expected + 1) {
      return fault(Kind.ENTRY_CHANGED, "it bears the number " + found);
    }
    return fault(
        Kind.ENTRY_MISSING,
        found == expected + 1
            ? "it is missing"
            : "it and the " + (found - expected - 1) + " entries behind it are missing");
  }

  private Fault behind() {
    if (next == expected + 1) {
      return fault(Kind.ENTRY_CHANGED, "it bears the number " + found);
    }
    if (next == expected || next == found + 1 || next == NOTHING) {
      return fault(Kind.ENTRY_DUPLICATED, "before it stands entry " + found + " a second time");
    }
    return fault(Kind.ENTRY_MOVED, "entry " + found + " stands in its place");
  }

  private Fault fault(Kind kind, String text) {
    return new Fault(kind, expected, text);
  }
}
