package dev.gatehouse.audit.control;

/**
 * An entry as it is stored.
 *
 * @param columns what stands beside its bytes, as it is stored, which may not be what they say
 * @param bytes its canonical bytes, not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // not compared, and read in great numbers
public record StoredEntry(ControlRow columns, byte[] bytes) {}
