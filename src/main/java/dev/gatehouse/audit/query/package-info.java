/**
 * Looking things up in the record: entries by name, by filters, and their proofs, over the control
 * log and the journals that can be read here; and going through the calls that are on record.
 *
 * <p>Safe for any number of threads; everything reads from the database or from files. Bounds: a
 * page has at most {@link dev.gatehouse.audit.query.RecordReader#PAGE_MAX} entries and looks at
 * {@link dev.gatehouse.audit.query.RecordReader#SCANNED_MAX} at most; {@link
 * dev.gatehouse.audit.query.RecordedCalls} looks at {@code ENTRIES_MAX}, and remembers {@code
 * JournalCalls.OPEN_MAX} calls of a journal that have not ended.
 */
@NullMarked
package dev.gatehouse.audit.query;

import org.jspecify.annotations.NullMarked;
