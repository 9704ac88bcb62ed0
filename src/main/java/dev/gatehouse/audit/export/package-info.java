/**
 * Exports of the record: files of lines, each an entry that people and programs can read, with its
 * bytes and the proof that these are in the log which a signed checkpoint vouches for.
 *
 * <p>Facades: {@link dev.gatehouse.audit.export.Exporter} writes one; {@link
 * dev.gatehouse.audit.export.ExportReader} reads its lines back, and takes none that it would not
 * have written itself, character for character. Everything here is for one thread.
 *
 * <p>Invariants: an entry is one line, whatever its texts hold; a cell of CSV is no formula; no
 * character of a text can act on a terminal or turn the direction of what follows.
 *
 * <p>Bounds: {@link dev.gatehouse.audit.export.ExportReader#LINE_BYTES_MAX} a line; the exporter
 * holds the hashes of one segment, {@code StoredNodes.KEPT_MAX} nodes, the calls that run, and of
 * each segment that was ever anchored its numbers and its root: about a hundred bytes.
 */
@NullMarked
package dev.gatehouse.audit.export;

import org.jspecify.annotations.NullMarked;
