/**
 * The Merkle tree of RFC 6962 (section 2.1, SHA-256): hashes, roots, and the proofs that an entry
 * is in a tree and that one tree is the beginning of another.
 *
 * <p>Pure functions and values, without threads or input and output. Bounds: a tree has at most
 * 2<sup>62</sup> leaves, so that a proof has at most 62 hashes.
 */
@NullMarked
package dev.gatehouse.audit.merkle;

import org.jspecify.annotations.NullMarked;
