package dev.gatehouse.bench;

import java.time.Duration;

/**
 * One line of the table.
 *
 * @param kind what is measured
 * @param workload the model
 * @param load calls in flight, or rows of a batch
 * @param rounds in how many rounds it is measured
 * @param measurement how it is measured
 */
record Row(Kind kind, Workload workload, int load, int rounds, Measurement measurement) {

  /** Measures a row once. */
  @FunctionalInterface
  interface Measurement {
    /**
     * Puts the load on for the window and counts.
     *
     * @throws IllegalStateException if any call failed or was answered wrongly
     */
    Figures run(Duration window);
  }

  /** The name, unique in the table. */
  String name() {
    return kind.row(workload, load);
  }
}
