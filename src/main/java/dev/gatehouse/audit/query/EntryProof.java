package dev.gatehouse.audit.query;

import dev.gatehouse.audit.merkle.Hash;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * That an entry is in the tree of the control log: itself, or by the anchor of its segment.
 *
 * @param entry the canonical bytes of the entry; not to be changed
 * @param inSegment that it is in its segment, or null for an entry of the control log
 * @param controlEntry the bytes of the entry that is a leaf of the tree; not to be changed
 * @param index the place of that leaf
 * @param size the size of the tree
 * @param root the root of the tree
 * @param path from the leaf to the root
 */
public record EntryProof(
    byte[] entry,
    @Nullable InSegment inSegment,
    byte[] controlEntry,
    long index,
    long size,
    Hash root,
    List<Hash> path) {

  /**
   * That an entry is in a segment.
   *
   * @param journal the id of the journal
   * @param segment the number of the segment
   * @param index the place of the entry in the segment
   * @param size how many entries the segment has
   * @param root the root of its tree
   * @param path from the entry to the root
   */
  public record InSegment(
      String journal, long segment, long index, long size, Hash root, List<Hash> path) {}
}
