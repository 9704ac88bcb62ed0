package dev.gatehouse.audit;

import dev.gatehouse.audit.merkle.Hash;
import java.util.List;

/**
 * The control log, as journals see it. A method that writes does so with one entry in a transaction
 * of its own, and returns when that is committed. Repeated with the same content it does nothing;
 * with another content for the same journal and segment it throws {@link AnchorMismatchException},
 * and what was written first stays. All may block on the database.
 */
public interface Anchors {

  /**
   * A segment that is closed.
   *
   * @param journal the id of its journal
   * @param number its number in the journal
   * @param first the sequence number of its first entry
   * @param count how many entries it has
   * @param root the root of their tree
   * @param chain the hash of its footer
   * @param tornBytes the bytes cut off behind its last whole record
   */
  record Segment(
      String journal, long number, long first, long count, Hash root, Hash chain, long tornBytes) {}

  /**
   * The segments of a journal that are anchored, by number; none if it is not known. As many as it
   * has: about one for each minute that it was written.
   *
   * @throws AuditUnavailableException if that cannot be read
   */
  List<Segment> anchoredSegments(String journal);

  /**
   * A journal begins.
   *
   * @throws AuditUnavailableException if that cannot be written
   */
  void opened(String journal);

  /**
   * A segment was closed.
   *
   * @throws AuditUnavailableException if that cannot be written
   * @throws AnchorMismatchException if it is anchored with another first entry, count, root or
   *     chain
   */
  void anchored(Segment segment);

  /**
   * A journal ended. Whether in an orderly way is not compared when this is repeated: its process
   * may die after it said so, and another one then says it again.
   *
   * @param segments how many segments it has
   * @param entries how many entries
   * @param chain the hash of the last footer, 32 zero bytes if there is none
   * @param orderly whether its own process ended it
   * @throws AuditUnavailableException if that cannot be written
   * @throws AnchorMismatchException if it ended with other segments, entries or another chain
   */
  void closed(String journal, long segments, long entries, Hash chain, boolean orderly);
}
