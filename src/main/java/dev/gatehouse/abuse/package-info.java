/**
 * The watch over callers: what they do is observed off the path of their calls, rules look at it,
 * and what rules find is told, for the policy to propose what the callers are held to.
 *
 * <p>Here is what the parts speak of: who is looked at ({@link dev.gatehouse.abuse.CallerView}),
 * what judges ({@link dev.gatehouse.abuse.Judge}), and what it says ({@link
 * dev.gatehouse.abuse.Alarm}). Observations go from {@code watch} to {@code traffic} and {@code
 * content}, which make signals; {@code rules} judges these; {@code response} makes findings of
 * alarms and alerts, and proposals of findings. docs/security/abuse.md says what is looked at and
 * what evades it.
 *
 * <p>Threads: {@code gatehouse-watch} makes and judges signals, {@code gatehouse-hand} does what
 * needs the database. What is handed over is immutable.
 *
 * <p>Bounds: {@link dev.gatehouse.abuse.Alarm#EVIDENCE_CHARS_MAX}; those of the parts are with
 * them.
 */
@NullMarked
package dev.gatehouse.abuse;

import org.jspecify.annotations.NullMarked;
