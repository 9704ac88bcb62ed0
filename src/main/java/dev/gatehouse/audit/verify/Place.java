package dev.gatehouse.audit.verify;

/**
 * A place in the record.
 *
 * @param log {@link #CONTROL}, {@code journal <id>}, {@code checkpoint <name>} or the name of a
 *     file
 * @param segment the number of the segment, or {@link #NONE}
 * @param entry the sequence number of the entry, or {@link #NONE}
 */
public record Place(String log, long segment, long entry) {

  /** Where no segment or no entry is meant. */
  public static final long NONE = -1;

  /** The name of the control log. */
  public static final String CONTROL = "control log";

  /** An entry of the control log. */
  public static Place control(long entry) {
    return new Place(CONTROL, NONE, entry);
  }

  /** An entry of a journal. */
  public static Place journal(String id, long segment, long entry) {
    return new Place("journal " + id, segment, entry);
  }

  /** A checkpoint. */
  public static Place checkpoint(String name) {
    return new Place("checkpoint " + name, NONE, NONE);
  }

  /** A line of an export, counted from 1. */
  public static Place line(long number) {
    return new Place("line " + number, NONE, NONE);
  }

  @Override
  public String toString() {
    return log
        + (segment == NONE ? "" : ", segment " + segment)
        + (entry == NONE ? "" : ", entry " + entry);
  }
}
