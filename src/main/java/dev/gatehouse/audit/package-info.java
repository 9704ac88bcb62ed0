/**
 * The record of who did what: one line of JSON for each call and each administrative change.
 *
 * <p>Owns the audit file and the promise that nothing runs which could not be written down: a
 * caller {@linkplain dev.gatehouse.audit.AuditLog#reserve reserves} a place before anything runs
 * and fills it when the outcome is known. Where no place can be had, the call is refused.
 *
 * <p>Threads: any thread reserves, records and releases, without a lock and without formatting or
 * input and output. One daemon thread, {@code gatehouse-audit}, formats and writes.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Places reserved plus entries not yet written never exceed the backlog bound.
 *   <li>The file is only ever appended to, and holds a prefix of the bytes of the entries in the
 *       order in which they were recorded. After a failed write the writer goes on from the very
 *       byte at which the file ended, so a full disk tears no entry and doubles none.
 *   <li>An entry is exactly one line of ASCII, ended by a line feed, whatever its texts hold. A
 *       process killed while writing leaves at most one unfinished line; the next one ends it
 *       before it writes.
 *   <li>While a write fails no place is given; entries already accepted are kept and tried again,
 *       and writing them is what makes the log available again.
 *   <li>Entries that were dropped are counted, and the next line written says how many.
 *   <li>No credential and no contents of a tensor: events have no field for them.
 * </ul>
 *
 * <p>Entries are handed to the operating system, not forced to the medium: they outlive the process
 * but not necessarily a power cut. The file is never rotated here.
 *
 * <p>Bounds: {@link dev.gatehouse.audit.AuditSettings#backlogMax} entries, of which best-effort
 * ones take at most three quarters; texts of {@link dev.gatehouse.audit.AuditEvent#TEXT_CHARS_MAX}
 * characters; lines of {@code Batch.LINE_BYTES_MAX} bytes; batches of {@code Batch.BYTES_MAX}
 * bytes.
 */
@NullMarked
package dev.gatehouse.audit;

import org.jspecify.annotations.NullMarked;
