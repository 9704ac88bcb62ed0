/**
 * Tells every replica that something changed.
 *
 * <p>Owns the table of {@code V6__changes.sql}: a counter for each topic, which triggers move in
 * the transaction of every change, so that nobody who changes something can forget it. The same
 * transaction sends a notification. {@link dev.gatehouse.changes.Changes} holds one connection of
 * its own that listens, reads the counters after every notification and, in case one was lost,
 * every {@link dev.gatehouse.changes.ChangesSettings#pollInterval}, and calls those who subscribed
 * to a topic whose counter moved. What changed is not said: a subscriber reads what is there now.
 *
 * <p>The row of a counter is locked from the first change of a transaction to its end. So a reader
 * that sees a counter sees every change it counts, and transactions which change one topic commit
 * one after the other. Locks are taken in the order: advisory lock of access, counter of access,
 * row of a model, advisory locks of registry, counter of registry; a transaction that changes both
 * topics changes access first.
 *
 * <p>Threads: one, which waits for the database and calls the subscribers; they hand over what
 * takes time.
 *
 * <p>Invariants: a subscriber is called at least once after every committed change, and after every
 * connect, as soon as the database answers; one that failed is called again. Notifications only
 * make it fast.
 *
 * <p>Bounds: {@link dev.gatehouse.changes.Changes#ANSWER_MAX} for an answer of the database, {@link
 * dev.gatehouse.changes.Changes#RETRY_MIN} to {@link dev.gatehouse.changes.Changes#RETRY_MAX}
 * between attempts to connect, {@link dev.gatehouse.changes.ChangesSettings#POLL_INTERVAL_MIN} to
 * {@link dev.gatehouse.changes.ChangesSettings#POLL_INTERVAL_MAX}; topics, those of {@link
 * dev.gatehouse.changes.Topic}.
 */
@NullMarked
package dev.gatehouse.changes;

import org.jspecify.annotations.NullMarked;
