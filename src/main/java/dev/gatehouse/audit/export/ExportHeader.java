package dev.gatehouse.audit.export;

/**
 * The first line of an export.
 *
 * @param origin the name of the log
 * @param size how many entries of the control log it is about
 * @param complete whether it holds all of them, and tells of every anchored segment
 * @param checkpoint the signed note that vouches for the control log at that size
 */
public record ExportHeader(String origin, long size, boolean complete, String checkpoint) {

  /** The version of the form. */
  public static final long VERSION = 1;
}
