package dev.gatehouse.audit.journal;

import dev.gatehouse.audit.merkle.Hash;

/**
 * A record of a segment, whose place in the chain was verified.
 *
 * @param index its place in the segment, from 0
 * @param position the byte in the file at which it begins
 * @param entry the bytes of its entry; not to be changed
 * @param leaf the hash of the entry as a leaf of the tree
 * @param chain the hash of the chain behind it
 */
@SuppressWarnings("ArrayRecordComponent") // a copy for each reader would cost more than it helps
public record SegmentRecord(long index, long position, byte[] entry, Hash leaf, Hash chain) {}
