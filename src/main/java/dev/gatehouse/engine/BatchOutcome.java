package dev.gatehouse.engine;

import dev.gatehouse.core.Tensor;
import java.util.BitSet;
import java.util.List;

/**
 * What one execution gave.
 *
 * @param outputs for each call, in the order of the calls, its outputs in signature order; each
 *     tensor holds a heap buffer of its own with that call's rows and nothing else
 * @param assembleNanos the time to copy the calls' rows into one batch
 * @param computeNanos the time from there until the results lay in host memory
 * @param scatterNanos the time to copy the results out, and to look for NaN if that is required
 * @param nonFinite has the bit of each call whose outputs hold a NaN or an infinity, if {@link
 *     LoadSettings#finiteOutputsRequired()}; else it is empty. Their outputs are there all the same
 * @param paddedRows how many rows were added to fill the batch up; none of them is in the outputs
 */
public record BatchOutcome(
    List<List<Tensor>> outputs,
    long assembleNanos,
    long computeNanos,
    long scatterNanos,
    BitSet nonFinite,
    int paddedRows) {}
