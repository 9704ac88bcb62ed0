package dev.gatehouse.audit.query;

import dev.gatehouse.audit.merkle.Hash;
import java.util.List;

/**
 * That one tree is the beginning of another.
 *
 * @param firstSize the size of the smaller tree
 * @param firstRoot its root
 * @param secondSize the size of the larger tree
 * @param secondRoot its root
 * @param path the proof
 */
public record ConsistencyProof(
    long firstSize, Hash firstRoot, long secondSize, Hash secondRoot, List<Hash> path) {}
