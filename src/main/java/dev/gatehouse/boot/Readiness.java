package dev.gatehouse.boot;

import java.time.Duration;

/**
 * What must hold for the gateway to take calls.
 *
 * @param serving it has started and is not draining
 * @param database registrations and grants were read lately
 * @param identityKeys the issuer's keys are at hand
 * @param models everything that was ready at the start has been tried, and nothing that is ready on
 *     another replica could not be loaded here
 * @param audit whether uses of models can be recorded
 * @param controlLogConsistent nothing is known that contradicts what was signed of the control log
 * @param sharedDatabaseRole whether the gateway's own role could change what is recorded, which was
 *     asked for
 */
record Readiness(
    boolean serving,
    boolean database,
    boolean identityKeys,
    boolean models,
    Audit audit,
    boolean controlLogConsistent,
    boolean sharedDatabaseRole) {

  /**
   * How the access journal is.
   *
   * @param available whether uses of models can be recorded, or need not be
   * @param state what the journal does with them
   * @param backlog the places taken in its backlog
   * @param anchorLag the age of the oldest entry that the control log does not vouch for
   */
  record Audit(boolean available, String state, int backlog, Duration anchorLag) {

    /** Before the journal is open, and after it was closed. */
    static final Audit CLOSED = new Audit(false, "CLOSED", 0, Duration.ZERO);

    static Audit of(JournalAtWork journal) {
      return new Audit(
          journal.available(), journal.state(), journal.backlog(), journal.anchorLag());
    }
  }

  boolean all() {
    return serving
        && database
        && identityKeys
        && models
        && audit.available()
        && controlLogConsistent;
  }
}
