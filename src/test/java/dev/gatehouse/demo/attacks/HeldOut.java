package dev.gatehouse.demo.attacks;

import java.util.List;

/**
 * The rows that copies are measured with, which no thief trains on, and what the model says of
 * them.
 *
 * @param rows the rows
 * @param classes the class the model gives each
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record HeldOut(List<float[]> rows, int[] classes) {

  /** One copy is luck: the mean of so many. */
  private static final int COPIES = 3;

  /** Copies the list. */
  HeldOut {
    rows = List.copyOf(rows);
  }

  /** The mean agreement of some copies trained on the same answers. */
  double agreement(List<float[]> trainedOn, List<float[]> beliefs) {
    double sum = 0;
    for (int seed = 1; seed <= COPIES; seed++) {
      sum += Surrogate.trained(trainedOn, beliefs, seed).agreement(rows, classes);
    }
    return sum / COPIES;
  }
}
