package dev.gatehouse.scheduling;

import java.util.List;

/**
 * Calls that one instance runs together.
 *
 * @param instance which instance
 * @param calls at least one, of equal keys, in enqueue order
 * @param payloads theirs, in the same order
 * @param rows theirs together
 * @param startedNanos when the instance took it
 */
record Batch<P, R>(
    int instance, List<Call<P, R>> calls, List<P> payloads, int rows, long startedNanos) {}
