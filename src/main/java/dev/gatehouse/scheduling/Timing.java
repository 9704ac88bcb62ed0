package dev.gatehouse.scheduling;

/**
 * How long a completed call waited and ran.
 *
 * <p>The share of a call of n rows in its run is {@code runNanos × n / batchRows}. So that this
 * also holds for a call that was split, its {@code runNanos} is the sum of the shares of its parts
 * in their runs, its {@code batchRows} its own rows, and its {@code queueNanos} that of the part
 * that started last.
 *
 * @param queueNanos from its submission to the start of the run that answered it, in nanoseconds
 * @param runNanos how long that run took, in nanoseconds
 * @param batchRows the rows of all calls in that run
 */
public record Timing(long queueNanos, long runNanos, int batchRows) {}
