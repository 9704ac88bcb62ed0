package dev.gatehouse.audit.export;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.merkle.Hash;

/**
 * What was anchored of a segment. There is one for each segment that ever was, so it holds no more
 * than that.
 *
 * @param number the number of the segment in its journal
 * @param count how many entries it has
 * @param root the root of their tree
 * @param anchor the number of the entry of the control log that says so
 * @param written whether the line of that entry is in the export already
 */
record AnchoredSegment(long number, long count, Hash root, long anchor, boolean written) {

  static AnchoredSegment of(Entry entry, long anchor, boolean written) {
    return new AnchoredSegment(
        entry.number(Field.SEGMENT),
        entry.number(Field.COUNT),
        entry.hash(Field.ROOT),
        anchor,
        written);
  }
}
