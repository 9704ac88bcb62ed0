package dev.gatehouse.audit.journal;

/**
 * A journal of a dead process that was not healed, because what is wrong with it is not what a
 * process leaves behind that dies.
 *
 * @param journal its id
 * @param segment the segment in which it is wrong
 * @param position the byte in that segment, 0 if all of it is wrong or missing
 * @param problem what is wrong
 */
public record DamagedJournal(JournalId journal, long segment, long position, String problem) {}
