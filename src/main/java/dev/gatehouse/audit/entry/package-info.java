/**
 * What an entry of the record is, and its bytes: one canonical form for both logs, versioned, so
 * that two programs which hold the same entry hash the same bytes. The form is described for other
 * implementations in docs/security/audit.md.
 *
 * <p>Values and pure functions. Bounds: {@link dev.gatehouse.audit.entry.EntryCodec#BYTES_MAX}
 * bytes an entry, {@link dev.gatehouse.audit.entry.Field#bytesMax} a field.
 */
@NullMarked
package dev.gatehouse.audit.entry;

import org.jspecify.annotations.NullMarked;
