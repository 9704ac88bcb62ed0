package dev.gatehouse.serving;

/**
 * How often something happened and how long it took altogether.
 *
 * @param count how often
 * @param nanos the sum, in nanoseconds
 */
public record Tally(long count, long nanos) {}
