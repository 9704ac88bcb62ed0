/**
 * Scheduling: one dynamic batcher for each deployed model, between the calls that want rows
 * computed and the instances that compute them.
 *
 * <p><b>Owns</b> admission (exact permits for rows and bytes), the queue, the choice of what runs
 * next and the fate of every call until its one answer. It knows no tensors and no engine: a
 * payload is opaque, and calls may share a batch if the keys their owner computed are equal.
 *
 * <p><b>Order.</b> The calls of one batch key form a group, oldest first. A batch is a prefix of
 * one group: calls in enqueue order, up to {@code batchRowsMax} rows, without skipping one that
 * does not fit. A group is <i>gathering</i> until it holds {@code batchRowsMax} rows or its oldest
 * call was enqueued {@code queueDelayMax} ago; then it is <i>due</i>.
 *
 * <ul>
 *   <li>Work-conserving: an instance without work takes a batch at once if anything is queued, due
 *       or not. No instance ever waits for a fuller batch, so rows gather only while all are busy.
 *   <li>An instance that becomes free takes from the group with the oldest call among those that
 *       are due, and only if none is due from the group with the oldest call of all.
 * </ul>
 *
 * So the delay is how long a group may be passed over for a fuller one, counted from the enqueue of
 * its oldest call. At zero, groups are served strictly oldest first; with a single batch key the
 * delay changes nothing. No group starves: a call older than the delay precedes every younger one.
 *
 * <p><b>Failure.</b> When a batch of several calls fails, each of them runs again alone, once,
 * before anything else that is queued and on whichever instance is free. A call that fails alone is
 * refused with {@code ModelRejectedInput} (an {@link java.lang.Error}: {@code Internal}). A runner
 * that throws {@link dev.gatehouse.core.RefusedException} speaks for all calls of the batch;
 * nothing runs again. An abandoned instance answers its calls with {@code ModelNotReady}, never
 * takes another batch, and what it returns later is dropped.
 *
 * <p><b>Deadlines and cancellation</b> hold until execution: expired or cancelled calls leave the
 * queue wherever they are and never reach the runner (also before a second run, alone). A running
 * call can be cancelled, which answers it at once and discards its result; its deadline is not
 * watched any more, since the one who waits for it watches it too.
 *
 * <p><b>Permits.</b> The rows and bytes of a call are reserved from {@code reserve} until it is
 * answered (or its reservation released), so they bound what is admitted, queued and running
 * together. What an instance still holds of calls cancelled or abandoned under it is not counted:
 * at most one batch an instance.
 *
 * <p><b>Threads.</b> One daemon thread an instance, named {@code <label>-<instance>}, and one a
 * batcher that answers expired calls while all instances are busy, {@code <label>-deadlines}.
 * {@link dev.gatehouse.scheduling.BatchQueue} decides, single-threaded and on a time given to it;
 * {@link dev.gatehouse.scheduling.Batcher} adds one lock, three conditions and the threads. No
 * runner, listener or completion is called under the lock; {@code equals} and {@code hashCode} of
 * batch keys are.
 *
 * <p><b>Invariants.</b> Every submitted call gets exactly one answer. Reserved rows and bytes never
 * exceed their bounds, equal the sum over unanswered calls and open reservations, and return to
 * zero. A batch never exceeds {@code batchRowsMax} rows and never mixes keys.
 *
 * <p><b>Bounds.</b> {@link dev.gatehouse.scheduling.BatcherSettings}: instances, batch rows, delay,
 * queued rows and bytes (a call has at least one row, so calls and groups are bounded by rows).
 * Runs of one call: 2. Warnings of failed runs: one per {@code FailureLog.INTERVAL} and batcher.
 */
@NullMarked
package dev.gatehouse.scheduling;

import org.jspecify.annotations.NullMarked;
