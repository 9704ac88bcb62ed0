package dev.gatehouse.audit;

/**
 * Hears how far a verification or an export has come. What it throws ends that, and comes out of
 * it.
 */
@FunctionalInterface
public interface Progress {

  /** Hears nothing. */
  Progress SILENT = (what, entries) -> {};

  /**
   * So many more entries are done.
   *
   * @param what what is being worked on, in a word or two
   */
  void advanced(String what, long entries);
}
