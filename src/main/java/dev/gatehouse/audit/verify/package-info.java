/**
 * The verifier of the record: reads both logs from their bytes and the specification in
 * docs/security/audit.md, shares no code with what writes journals, and believes nothing but the
 * keys it is given.
 *
 * <p>Facade: {@link dev.gatehouse.audit.verify.Verifier}. Everything here is for one thread and
 * runs without Quarkus.
 *
 * <p>Invariants: no input whatever makes it throw anything but an {@code IOException} of the file
 * or database it reads. Text out of the record reaches a finding only as printable ASCII.
 *
 * <p>Bounds: findings and notes {@code Findings.KEPT_MAX} and {@code NOTES_MAX}, the rest are
 * counted; calls followed at once {@code OpenIntents.FOLLOWED_MAX}; an object for each segment that
 * was ever anchored.
 */
@NullMarked
package dev.gatehouse.audit.verify;

import org.jspecify.annotations.NullMarked;
