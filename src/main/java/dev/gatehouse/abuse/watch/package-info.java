/**
 * Feeds the watch: takes what callers did from the threads of their calls, and on one thread of its
 * own keeps the tables of signals, reads them in rounds, shows them and asks the judge.
 *
 * <p>Threads: any thread observes, without a lock, and reads views. One thread, {@code
 * gatehouse-watch}, uses all tables and makes all signals; it asks the {@link
 * dev.gatehouse.abuse.Judge} and tells the {@link dev.gatehouse.abuse.AlarmListener}, which must
 * not block. What is handed over is immutable; tensors are held until they were looked at, which
 * nobody writes to after the answer.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Who observes neither blocks nor wakes a thread; what finds no room is dropped and counted.
 *   <li>No row, name or credential leaves the watch: views hold numbers and models that were run.
 *   <li>A fault of a rule, a listener or a meter costs the reading that it came in, and no other.
 *   <li>A caller that asks seldom is looked at whatever others do.
 *   <li>A caller whose {@link dev.gatehouse.abuse.watch.Watch#pin pin} holds is not forgotten,
 *       whoever comes.
 * </ul>
 *
 * <p>Bounds: {@code Watch.OBSERVATIONS_MAX} observations and {@code Watch.HELD_BYTES_MAX} bytes of
 * tensors wait, {@code EndedCall.MODEL_CHARS_MAX} characters of a name; {@link
 * dev.gatehouse.abuse.watch.WatchSettings#callersMax} callers and as many views, {@link
 * dev.gatehouse.abuse.watch.WatchSettings#pairsMax} pairs of {@code RowTable.PAIR_BYTES_MAX};
 * {@link dev.gatehouse.abuse.watch.WatchSettings#rowsPerSecondMax} rows a second, {@code
 * RowTable.ROWS_PER_CALL_MAX} of a call, {@code TensorRow.NUMBERS_MAX} numbers of a row; {@code
 * RowSampler.SLOTS} slots; {@code Lookout.STEP_CALLERS} callers read in one go and {@code
 * Lookout.STEP_IDLE_CALLERS} idle ones; {@code References.FILES_MAX} files of {@code
 * FILE_BYTES_MAX}, {@code COLUMNS_MAX} columns, {@code WIDTHS_MAX} widths; a fault a minute in the
 * log.
 */
@NullMarked
package dev.gatehouse.abuse.watch;

import org.jspecify.annotations.NullMarked;
