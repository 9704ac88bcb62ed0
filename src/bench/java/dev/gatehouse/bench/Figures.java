package dev.gatehouse.bench;

import org.jspecify.annotations.Nullable;

/**
 * What one measurement of one row gave.
 *
 * @param calls calls, or batches without a gateway, that ended within the window
 * @param seconds the window
 * @param callsPerSecond calls over the window
 * @param rowsPerSecond rows over the window
 * @param p50Micros the median time of a call
 * @param p99Micros the time that 99 of 100 calls do not exceed
 * @param meanBatch rows in one execution; null where nothing is executed
 * @param cpu who used the CPU
 * @param allocatedPerCall the heap bytes that the server allocated, over the calls; null where
 *     nobody looked
 * @param journalPerCall the bytes of the access journal, over the calls; null where there is none
 */
record Figures(
    long calls,
    double seconds,
    double callsPerSecond,
    double rowsPerSecond,
    double p50Micros,
    double p99Micros,
    @Nullable Double meanBatch,
    Cpu.Shares cpu,
    @Nullable Double allocatedPerCall,
    @Nullable Double journalPerCall) {

  /**
   * Figures from what was counted.
   *
   * @param rowsPerCall rows of one call
   */
  static Figures of(
      long calls,
      int rowsPerCall,
      double seconds,
      Latencies latencies,
      @Nullable Double meanBatch,
      Cpu.Shares cpu) {
    double callsPerSecond = calls / seconds;
    return new Figures(
        calls,
        seconds,
        callsPerSecond,
        callsPerSecond * rowsPerCall,
        latencies.quantileMicros(0.50),
        latencies.quantileMicros(0.99),
        meanBatch,
        cpu,
        null,
        null);
  }

  /** The same with a mean batch. */
  Figures withMeanBatch(double rows) {
    return new Figures(
        calls,
        seconds,
        callsPerSecond,
        rowsPerSecond,
        p50Micros,
        p99Micros,
        rows,
        cpu,
        allocatedPerCall,
        journalPerCall);
  }

  /** The same with what the server allocated in the window. */
  Figures withAllocated(long bytes) {
    return new Figures(
        calls,
        seconds,
        callsPerSecond,
        rowsPerSecond,
        p50Micros,
        p99Micros,
        meanBatch,
        cpu,
        (double) bytes / Math.max(1, calls),
        journalPerCall);
  }

  /** The same with what the journal grew by. */
  Figures withJournal(double bytesPerCall) {
    return new Figures(
        calls,
        seconds,
        callsPerSecond,
        rowsPerSecond,
        p50Micros,
        p99Micros,
        meanBatch,
        cpu,
        allocatedPerCall,
        bytesPerCall);
  }
}
