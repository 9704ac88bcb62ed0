package dev.gatehouse.audit.export;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.merkle.Hash;

/**
 * What was anchored of a segment.
 *
 * @param line the line of the entry that says so
 * @param written whether that line is in the export already
 */
record AnchoredSegment(
    String journal,
    long number,
    long count,
    Hash root,
    ExportLine.OfControl line,
    boolean written) {

  static AnchoredSegment of(Entry entry, ExportLine.OfControl line, boolean written) {
    return new AnchoredSegment(
        String.valueOf(entry.text(Field.JOURNAL)),
        entry.number(Field.SEGMENT),
        entry.number(Field.COUNT),
        entry.hash(Field.ROOT),
        line,
        written);
  }
}
