package dev.gatehouse.bench;

import java.util.Arrays;

/**
 * What repeating batches without a gateway gave; crosses from the engine's process as a line.
 *
 * @param batches batches of all instances
 * @param nanos from the start of the first to the end of the last
 * @param p50Nanos the median time of a batch
 * @param p99Nanos the time that 99 of 100 batches do not exceed
 */
record RawRun(long batches, long nanos, long p50Nanos, long p99Nanos) {

  String line() {
    return batches + " " + nanos + " " + p50Nanos + " " + p99Nanos;
  }

  static RawRun parse(String line) {
    long[] numbers = Arrays.stream(line.split(" ", -1)).mapToLong(Long::parseLong).toArray();
    return new RawRun(numbers[0], numbers[1], numbers[2], numbers[3]);
  }
}
