package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.verify.Finding.Kind;
import dev.gatehouse.audit.verify.SegmentCheck.Expected;

/** Whether a header is that of the segment which belongs where it was found. */
final class HeadCheck {

  private HeadCheck() {}

  /** Whether it is; if not, that is a finding. */
  static boolean fits(SegmentHead head, Expected expected, Findings findings) {
    Place place = Place.journal(expected.journal(), expected.number(), expected.first());
    if (!head.segment()) {
      findings.add(Kind.SEGMENT_CHANGED, place, "the file does not begin as a segment does");
    } else if (!head.hashed()) {
      findings.add(Kind.SEGMENT_CHANGED, place, "its header is not the one it had");
    } else if (!head.journal().equals(expected.journal())) {
      findings.add(
          Kind.SEGMENT_FOREIGN,
          place,
          "in its place is segment " + head.number() + " of journal " + head.journal());
    } else if (head.number() != expected.number()) {
      findings.add(
          Kind.SEGMENT_REPLAYED, place, "in its place is segment " + head.number() + " once more");
    } else if (expected.first() != Place.NONE && head.first() != expected.first()) {
      findings.add(
          Kind.SEGMENT_CHANGED, place, "it begins with entry " + head.first() + " instead");
    } else if (expected.previous() != null && !head.previous().equals(expected.previous())) {
      findings.add(Kind.SEGMENT_CHANGED, place, "it does not follow the segment before it");
    } else {
      return true;
    }
    return false;
  }
}
