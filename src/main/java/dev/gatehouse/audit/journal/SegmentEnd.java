package dev.gatehouse.audit.journal;

/** How the file of a segment ends, behind the last record that was read. */
public sealed interface SegmentEnd {

  /** The byte in the file at which that begins. */
  long position();

  /** It was closed: a footer fits all that is before it, and nothing follows. */
  record Closed(long position, SegmentFooter footer) implements SegmentEnd {}

  /** It has no footer: it is being written, or its process died. */
  record Open(long position) implements SegmentEnd {}

  /**
   * The file ends within its header, a record or the footer, of which it has so many bytes. A
   * process that dies while it writes leaves that behind; a segment that is being written may look
   * like it for a moment.
   */
  record Torn(long position, long bytes) implements SegmentEnd {}

  /** What begins here is not what belongs here, and {@code problem} says why. */
  record Wrong(long position, String problem) implements SegmentEnd {}
}
