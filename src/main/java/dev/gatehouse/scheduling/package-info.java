/**
 * Scheduling: one dynamic batcher for each deployed model, between the calls that want rows
 * computed and the instances that compute them.
 *
 * <p><b>Owns</b> admission (exact permits for rows, bytes and calls), the queue, the choice of what
 * runs next and the fate of every call until its one answer. It knows no tensors and no engine: a
 * payload is opaque, and calls may share a batch if the keys their owner computed are equal.
 *
 * <p><b>Fairness.</b> Each caller has, at each priority, a virtual time: the service it has had,
 * rows × cost of a row / weight, charged when a call is dispatched. The caller with the least leads
 * the next batch. One who comes back, or comes first, starts at the virtual time of the
 * least-served caller that waited when last a batch was put together, unless its own is later:
 * idleness is no credit. That is start-time fair queueing (P. Goyal, H. M. Vin, H. Cheng,
 * "Start-time Fair Queuing", SIGCOMM 1996), with the charge at dispatch instead of at arrival, as
 * in stride scheduling (C. A. Waldspurger, W. E. Weihl, MIT/LCS/TM-528, 1995): so a call that is
 * cancelled, expires or is refused costs its caller nothing. Not deficit round robin, since a batch
 * is led by whoever is served least and is filled to a size that changes, and there is no quantum
 * to choose for that. Running again after a failure is not charged. Who fills room that no other
 * can use is charged too, but is never more than {@code Tier.LEAD_BATCHES} full batches ahead of
 * the virtual time at which others come in: it draws that, and those left behind, after it.
 *
 * <p><b>Order.</b> Within a caller and priority, oldest first. The leader's oldest call gives the
 * batch its key; then the batch is filled from whoever is served least among those with a call of
 * that key, each time its oldest of that key, until nothing fits. A caller whose next call does not
 * fit is passed over, for this batch only: not being charged it leads soon. While the leader's call
 * is younger than {@code queueDelayMax}, a group (calls of one key and priority) with rows for a
 * full batch goes first, the one with the least-served caller.
 *
 * <ul>
 *   <li>Work-conserving: an instance without work takes a batch at once if anything is queued. No
 *       instance ever waits for a fuller batch, so rows gather only while all are busy.
 *   <li>Priority: interactive calls lead whenever any is queued, and bulk calls fill what they
 *       leave. While bulk calls wait, one batch in {@code BULK_TURN_BATCHES} is led by them, and
 *       interactive calls fill what that leaves. Batches that run again are not counted.
 *   <li>Preferred sizes: if the rows at hand reach a preferred size, the batch is cut at the
 *       largest they reach; fewer than the smallest go as they are.
 *   <li>A call with more rows than a batch is cut into parts, each a call of its own in the queue;
 *       one with more rows than the limit of the moment runs alone.
 * </ul>
 *
 * <p><b>Limits.</b> With a latency objective, batch size and rows in flight are chosen from what
 * batches took ({@link dev.gatehouse.scheduling.AdaptiveLimit}). A device without memory for a
 * batch halves the batch size for a while ({@link dev.gatehouse.scheduling.MemoryLimit}).
 *
 * <p><b>Failure.</b> When a batch of several calls fails, each half of it runs again, before
 * everything else that is queued and on whichever instance is free, until a call fails alone: that
 * one is refused with {@code ModelRejectedInput} (an {@link java.lang.Error}: {@code Internal}). A
 * device without memory is nobody's fault: the halves run again, and a call too large alone is
 * refused with {@code QueueFull}. A runner that throws {@link dev.gatehouse.core.RefusedException}
 * speaks for all calls of the batch; nothing runs again. A caller whose calls are rejected again
 * and again runs apart for a while ({@link dev.gatehouse.scheduling.Strikes}): its batches hold its
 * own calls only. An abandoned instance answers its calls with {@code ModelNotReady}, never takes
 * another batch, and what it returns later is dropped; it can be replaced.
 *
 * <p><b>Deadlines and cancellation</b> hold until execution: calls that are cancelled, expired, or
 * certain to expire (less time left than the shortest of recent runs took) leave the queue wherever
 * they are and never reach the runner, also between runs. A running call can be cancelled, which
 * answers it at once and discards its result; its deadline is not watched any more, since the one
 * who waits for it watches it too.
 *
 * <p><b>Permits.</b> The rows, bytes and call of a reservation are held until it is answered or
 * released, by the whole queue and by its caller, who has a bounded share of each (but always one
 * call of any size). What is over is {@code QueueFull}. An attempt that fails midway holds a part
 * for an instant, so that another may be refused beside it; none is admitted beyond a bound. What
 * an instance still holds of calls cancelled or abandoned under it is not counted: at most one
 * batch an instance.
 *
 * <p><b>Threads.</b> One daemon thread an instance, named {@code <label>-<instance>}, and one a
 * batcher that answers expired calls while all instances are busy, {@code <label>-deadlines}.
 * {@link dev.gatehouse.scheduling.BatchQueue} decides, single-threaded and on a time given to it,
 * under the lock of {@link dev.gatehouse.scheduling.Scheduler}, which callers never wait for. No
 * runner, listener or completion is called under the lock; {@code equals} and {@code hashCode} of
 * batch keys are, and those of callers by whoever reserves.
 *
 * <p><b>Invariants.</b> Every submitted call gets exactly one answer. Reserved rows, bytes and
 * calls never exceed their bounds, equal the sum over unanswered calls and open reservations, and
 * return to zero. A batch never mixes keys, and never exceeds the limit of its time unless it is
 * one call.
 *
 * <p><b>Bounds.</b> {@link dev.gatehouse.scheduling.BatcherSettings}: instances, batch rows, delay,
 * queued rows, bytes and calls, a caller's share of them. {@code Tier}: {@code LEAD_BATCHES},
 * {@code KEPT} empty lanes and groups. {@code BatchAssembly}: {@code BULK_TURN_BATCHES}, {@code
 * PASSED_OVER_MAX} callers a batch. {@code Flows.FLOWS} idle callers remembered. {@code
 * Scheduler.CANCELLED_MAX} cancelled calls not cleared away (and one a thread more). {@code
 * RunTimes.WINDOW_BATCHES}, {@code STALE_AFTER}. {@code Strikes}: strikes, penalties. {@code
 * AdaptiveLimit.ROUND_BATCHES}, {@code STALE_ROUNDS}. {@code MemoryLimit.RECOVERY_STEP}. Runs of
 * one call: {@code 2 + log2} of the calls of its first batch. {@code Reservation.ROW_COST_MAX}.
 * Warnings of failed runs: one per {@code FailureLog.INTERVAL} and batcher.
 */
@NullMarked
package dev.gatehouse.scheduling;

import org.jspecify.annotations.NullMarked;
