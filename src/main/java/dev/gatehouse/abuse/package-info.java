/**
 * The watch over callers: what they do is observed off the path of their calls, rules look at it,
 * and what rules find is told, for the policy to propose what the callers are held to.
 *
 * <p>Sub-packages: {@code traffic} and {@code content} make signals, {@code rules} judges them.
 * {@link dev.gatehouse.abuse.Watch} feeds them; docs/security/abuse.md says what it looks at and
 * what evades it. {@link dev.gatehouse.abuse.Findings} keeps what was found, {@link
 * dev.gatehouse.abuse.Hand} turns alarms and alerts into findings and has the policy decide about
 * them. It proposes; whoever implements {@link dev.gatehouse.abuse.Enforcement} applies, opens the
 * transactions and records them. The room owns the tables of {@code V15__findings.sql}.
 *
 * <p>Threads: any thread observes, without a lock, and reads views. One thread, {@code
 * gatehouse-watch}, uses all tables and makes all signals; it asks the {@link
 * dev.gatehouse.abuse.Judge} and tells the {@link dev.gatehouse.abuse.AlarmListener}, which must
 * not block. Another, {@code gatehouse-hand}, does what needs the database; the watch and the
 * webhook only leave it something. Transactions that note findings take an advisory lock of their
 * caller first and that of the control log last. What is handed over is immutable; tensors are held
 * until they were looked at, which nobody writes to after the answer.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Who observes neither blocks nor wakes a thread; what finds no room is dropped and counted.
 *   <li>No row, name or credential leaves the watch: views hold numbers and models that were run.
 *   <li>A fault of a rule, a listener or a meter costs the reading that it came in, and no other.
 *   <li>A caller that asks seldom is looked at whatever others do.
 *   <li>A caller whose {@link dev.gatehouse.abuse.Watch#pin pin} holds is not forgotten, whoever
 *       comes.
 *   <li>Of a rule, caller, model and source one finding is open.
 *   <li>Nothing leads to a restriction, or supports one, that this process has not seen in its own
 *       traffic at that moment or, for what supports it, that no replica has so seen within the
 *       window.
 *   <li>An alert counts once on all replicas.
 * </ul>
 *
 * <p>Bounds: {@code Watch.OBSERVATIONS_MAX} observations and {@code Watch.HELD_BYTES_MAX} bytes of
 * tensors wait, {@code EndedCall.MODEL_CHARS_MAX} characters of a name; {@link
 * dev.gatehouse.abuse.WatchSettings#callersMax} callers and as many views, {@link
 * dev.gatehouse.abuse.WatchSettings#pairsMax} pairs of {@code RowTable.PAIR_BYTES_MAX}; {@link
 * dev.gatehouse.abuse.WatchSettings#rowsPerSecondMax} rows a second, {@code
 * RowTable.ROWS_PER_CALL_MAX} of a call, {@code TensorRow.NUMBERS_MAX} numbers of a row; {@code
 * RowSampler.SLOTS} slots; {@code Lookout.STEP_CALLERS} callers read in one go; {@code
 * References.FILES_MAX} files of {@code FILE_BYTES_MAX}, {@code COLUMNS_MAX} columns, {@code
 * WIDTHS_MAX} widths; a fault a minute in the log. {@link dev.gatehouse.abuse.Findings#OPEN_MAX}
 * open findings of a caller that name a model, {@link dev.gatehouse.abuse.Findings#LASTING}, {@link
 * dev.gatehouse.abuse.Findings#RETENTION}, {@link dev.gatehouse.abuse.Findings#ROWS_MAX} a
 * question, {@link dev.gatehouse.abuse.Alarm#EVIDENCE_CHARS_MAX}; {@code HeardAlarms.ALARMS_MAX}
 * alarms that wait for at most {@code HeardAlarms.KEPT_MAX}, {@link
 * dev.gatehouse.abuse.Hand#MESSAGES_MAX} messages of at most {@link
 * dev.gatehouse.abuse.Hand#ALERTS_MAX} alerts, {@code AlertCheck.AGE_MAX}.
 */
@NullMarked
package dev.gatehouse.abuse;

import org.jspecify.annotations.NullMarked;
