/**
 * The control log: what was changed, by whom, in what order, in PostgreSQL.
 *
 * <p>Owns the tables {@code audit_control_entry} and {@code audit_control_node}, to which it only
 * ever adds. {@link dev.gatehouse.audit.control.PostgresControlLog} writes, {@link
 * dev.gatehouse.audit.control.ControlLogReader} reads. Plain JDBC, so that the command line can
 * read without the gateway.
 *
 * <p>Threads: appending is done on the thread that makes the change, in its transaction. Refusals
 * are written by one daemon thread, {@code gatehouse-control-log}.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Sequence numbers have no gaps and no doubles: they are given out under one advisory lock
 *       that is held until the transaction ends.
 *   <li>An entry, its leaf and the subtrees that it completes are committed together, and together
 *       with the change that the entry describes, or not at all.
 *   <li>All that a transaction changes is sent to the database before the lock is taken, so that
 *       the one who holds it never waits for a row that somebody behind it has locked.
 *   <li>The first entry of a log names its origin.
 * </ul>
 *
 * <p>Bounds: {@link dev.gatehouse.audit.control.PostgresControlLog#WAIT_MAX} for the lock and each
 * statement; {@link dev.gatehouse.audit.control.Refusals#PENDING_MAX} refusals wait, of one caller
 * {@link dev.gatehouse.audit.control.Refusals#OF_CALLER_MAX} different ones, and {@link
 * dev.gatehouse.audit.control.Refusals#BATCH_MAX} are written at once, once a second.
 */
@NullMarked
package dev.gatehouse.audit.control;

import org.jspecify.annotations.NullMarked;
