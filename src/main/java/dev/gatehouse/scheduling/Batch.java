package dev.gatehouse.scheduling;

import java.util.List;

/**
 * Calls that one instance runs together.
 *
 * @param slot on which instance
 * @param calls at least one, of equal keys
 * @param payloads theirs, in the same order
 * @param rows theirs together
 * @param startedNanos when the instance took it
 * @param backlogged whether calls were left over
 */
record Batch<P, R>(
    Slot<P, R> slot,
    List<Call<P, R>> calls,
    List<P> payloads,
    int rows,
    long startedNanos,
    boolean backlogged) {}
