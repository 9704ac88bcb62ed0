package dev.gatehouse.engine;

import dev.gatehouse.core.Tensor;
import java.util.List;

/**
 * What one execution gave.
 *
 * @param outputs for each call, in the order of the calls, its outputs in signature order; each
 *     tensor holds a heap buffer of its own with that call's rows and nothing else
 * @param assembleNanos the time to copy the calls' rows into one batch
 * @param computeNanos the time from there until the results lay in host memory
 * @param scatterNanos the time to copy the results out
 */
public record BatchOutcome(
    List<List<Tensor>> outputs, long assembleNanos, long computeNanos, long scatterNanos) {}
