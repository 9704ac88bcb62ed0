package dev.gatehouse.scheduling;

/**
 * How long a completed call waited and ran.
 *
 * @param queueNanos from its submission to the start of the run that answered it, in nanoseconds
 * @param runNanos how long that run took, in nanoseconds
 * @param batchRows the rows of all calls in that run
 */
public record Timing(long queueNanos, long runNanos, int batchRows) {}
