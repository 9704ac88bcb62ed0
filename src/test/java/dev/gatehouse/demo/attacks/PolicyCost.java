package dev.gatehouse.demo.attacks;

import java.util.List;

/**
 * What an output policy costs a thief who asks natural rows.
 *
 * @param policy what it gives
 * @param agreements of copies made of the first {@link #ROWS} answers, in that order
 */
record PolicyCost(String policy, List<Double> agreements) {

  /** The numbers of answers that copies are made of. */
  static final List<Integer> ROWS = List.of(50, 100, 200, 500);

  /** Copies the list. */
  PolicyCost {
    agreements = List.copyOf(agreements);
  }
}
