/**
 * The record of who did what, which nobody can change without its showing.
 *
 * <p>Owns the promise that nothing runs which could not be written down. Uses of models go to the
 * {@linkplain dev.gatehouse.audit.AccessJournal access journal} of the replica, changes to the
 * {@linkplain dev.gatehouse.audit.ControlLog control log} of the installation, which also vouches
 * for the journals. This package holds what other rooms see of both, and {@link
 * dev.gatehouse.audit.InputDigests}; the packages below do the work: {@code entry} the bytes of
 * entries, {@code merkle} trees and proofs, {@code journal} the files, {@code control} the table,
 * {@code checkpoint} what is signed. Their formats are in docs/security/audit.md.
 *
 * <p>Threads: those of the packages below. What is here may be called by any.
 *
 * <p>Invariants: no answer leaves whose intent is not on disk, unless the model's record is best
 * effort; a use that was begun is ended once; no credential and no contents of a tensor: events
 * have no field for them. Equal input digests do not look equal to who has no key.
 *
 * <p>Bounds: texts that others chose of {@link dev.gatehouse.audit.PlainCall#TEXT_CHARS_MAX}
 * characters; {@link dev.gatehouse.audit.InputDigests#STORED_BYTES} bytes an input digest; those of
 * the packages below.
 */
@NullMarked
package dev.gatehouse.audit;

import org.jspecify.annotations.NullMarked;
