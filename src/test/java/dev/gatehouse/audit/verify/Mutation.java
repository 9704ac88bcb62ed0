package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.verify.Finding.Kind;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Something that is done to a record which nobody may do unseen. */
interface Mutation {

  /** Does it, and returns what must be found; null if it was nothing that shows. */
  @Nullable Expected apply(WrittenRecord record, SplittableRandom random);

  String name();

  /** Its name with what it is done to. */
  default String place() {
    String where =
        switch (this) {
          case JournalMutations unused -> "journal: ";
          case FooterMutations unused -> "footer: ";
          case ClaimMutations unused -> "claims: ";
          default -> "control: ";
        };
    return where + name();
  }

  /**
   * What the first finding must be.
   *
   * @param logs where findings may be; anywhere if it is empty
   * @param log where the first one is; anywhere if it is empty
   */
  record Expected(Set<Kind> kinds, Set<String> logs, String log, long segment, long entry) {

    static final long ANY = -100;

    Expected(Set<Kind> kinds, String log, long segment, long entry) {
      this(kinds, Set.of(log), log, segment, entry);
    }

    Expected and(String other) {
      Set<String> both = new HashSet<>(logs);
      both.add(other);
      return new Expected(kinds, both, log, segment, entry);
    }

    /** Whether a report says so. */
    boolean fits(Report report) {
      if (report.verifies()) {
        return false;
      }
      Finding first = report.findings().getFirst();
      return kinds.contains(first.kind())
          && (log.isEmpty() || first.place().log().equals(log))
          && (segment == ANY || first.place().segment() == segment)
          && (entry == ANY || first.place().entry() == entry)
          && (logs.isEmpty()
              || report.findings().stream()
                  .allMatch(finding -> logs.contains(finding.place().log())));
    }
  }

  /** The entry with another number. */
  static byte[] renumbered(byte[] entry, long sequence) {
    byte[] other = entry.clone();
    ByteBuffer.wrap(other).putLong(2, sequence);
    return other;
  }
}
