/**
 * Checkpoints: signed statements of what the control log was, kept where its database cannot reach.
 *
 * <p>Owns the signing of the log's tree. {@link dev.gatehouse.audit.checkpoint.Checkpoint}, {@link
 * dev.gatehouse.audit.checkpoint.SignedNote} and {@link dev.gatehouse.audit.checkpoint.VerifierKey}
 * are values in the forms of C2SP tlog-checkpoint and C2SP signed-note.
 *
 * <p>Threads: one daemon thread, {@code gatehouse-checkpoints}, looks at the log, signs and writes
 * to the sinks, one after the other.
 *
 * <p>Invariants: nothing is signed that does not contain what was signed before: the log has to
 * prove it, and the newest entries have to be those that its tree holds; nor what contradicts what
 * another replica signed. If it cannot, nothing is signed and nothing appended from then on, until
 * a person has looked at it.
 *
 * <p>Bounds: {@link dev.gatehouse.audit.checkpoint.SignedNote#CHARS_MAX}, {@link
 * dev.gatehouse.audit.checkpoint.SignedNote#SIGNATURES_MAX}, {@link
 * dev.gatehouse.audit.checkpoint.VerifierKey#NAME_CHARS_MAX}, {@code OtherReplicas.COMPARED_MAX}
 * checkpoints of others compared at once.
 */
@NullMarked
package dev.gatehouse.audit.checkpoint;

import org.jspecify.annotations.NullMarked;
