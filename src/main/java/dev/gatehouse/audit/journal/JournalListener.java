package dev.gatehouse.audit.journal;

/** Hears what the journal does, on its threads; must not block and must not throw. */
@FunctionalInterface
public interface JournalListener {

  /** Hears nothing. */
  JournalListener NONE = (entries, bytes, nanos) -> {};

  /**
   * Entries are on disk.
   *
   * @param entries how many
   * @param bytes the bytes of their records
   * @param nanos how long writing and forcing them took
   */
  void committed(int entries, int bytes, long nanos);
}
