package dev.gatehouse.audit.journal;

/** Something is wrong with a journal that must not be healed. */
final class DamagedJournalException extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient DamagedJournal damage;

  DamagedJournalException(DamagedJournal damage) {
    super(damage.toString());
    this.damage = damage;
  }

  DamagedJournal damage() {
    return damage;
  }
}
