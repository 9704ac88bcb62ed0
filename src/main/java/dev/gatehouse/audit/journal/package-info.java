/**
 * The access journal of one replica: its files, what writes them, and what reads them. The form of
 * the files is described for other implementations in docs/security/audit.md.
 *
 * <p>Owns the folder of the journals, and the promise that an answer leaves only when the intent of
 * its call is on disk. One process writes one journal ({@link
 * dev.gatehouse.audit.journal.GroupCommitJournal}); any may read it ({@link
 * dev.gatehouse.audit.journal.JournalFolder}, {@link dev.gatehouse.audit.journal.SegmentReader},
 * {@link dev.gatehouse.audit.journal.HashesReader}).
 *
 * <p>Threads, all daemons: request threads queue, without a lock and without formatting or input
 * and output. {@code gatehouse-audit} writes and forces. {@code gatehouse-audit-release} lets
 * answers go when they are many, so that the next commit does not wait for them, and watches the
 * writer, which may hang in the kernel. {@code gatehouse-audit-anchor} anchors closed segments, and
 * {@code gatehouse-audit-keeper} ends the journals of dead processes and deletes old payload; both
 * may block on the database, and neither waits for the other.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Places taken never exceed the backlog bound: two for an open use, so that its outcome can
 *       always be recorded, one for any other entry that is not on disk.
 *   <li>The fate of an intent, on disk in time or lost, is decided once; exactly one of {@code
 *       durable} and {@code lost} is told; and the outcome recorded is the one that was told.
 *   <li>After a failed write nothing is believed of what was written since the last commit: it is
 *       kept in memory, the segment is cut off before it, and it is written again elsewhere. A
 *       segment whose first commit failed is begun again in its place.
 *   <li>A segment is begun only when the one before is on disk with its footer; so only the last
 *       one of a journal can lack it.
 *   <li>A folder that did not become a journal is removed only if it holds nothing and nobody holds
 *       its lock, a round after it was first seen.
 *   <li>Recovery changes only what lies behind the last record that continues the chain, and only
 *       if a process that died can have left it; anything else stays as it is and is reported.
 *   <li>An anchored segment is never cut off, removed or ended anew: a journal of which one is not
 *       what was anchored stays as it is and is reported.
 *   <li>Payload is deleted only of segments that are anchored, and only when its hashes are on
 *       disk.
 *   <li>No credential and no contents of a tensor: entries have no field for them.
 * </ul>
 *
 * <p>Bounds: {@link dev.gatehouse.audit.journal.JournalSettings#backlogMax} places, of which
 * offered calls take at most three quarters; commits of {@code CommitBatch.EVENTS_MAX} events and
 * {@code CommitBatch.BYTES_MAX} bytes; segments of {@code segmentBytesMax} and one commit more;
 * {@code Recovery.DAMAGED_MAX} damaged journals and {@code Leftovers.SEEN_MAX} folders without a
 * journal remembered; readers hold one buffer of {@code Input.BUFFER_BYTES}. Segments that wait to
 * be anchored are bounded by {@code anchorLagMax}: when that is exceeded, uses are refused.
 */
@NullMarked
package dev.gatehouse.audit.journal;

import org.jspecify.annotations.NullMarked;
