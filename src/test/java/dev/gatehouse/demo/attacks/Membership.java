package dev.gatehouse.demo.attacks;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Asks in turns rows that the model was trained on and others, and guesses which is which by the
 * model's confidence (Shokri et al., 2017; Yeom et al., 2018).
 */
final class Membership implements Queries {

  private final Iterator<float[]> members;
  private final Iterator<float[]> others;
  private final List<List<Double>> confidences = List.of(new ArrayList<>(), new ArrayList<>());
  private int asked;

  Membership(List<float[]> members, List<float[]> others) {
    this.members = members.iterator();
    this.others = others.iterator();
  }

  @Override
  public Optional<float[]> next() {
    Iterator<float[]> turn = asked++ % 2 == 0 ? members : others;
    return turn.hasNext() ? Optional.of(turn.next()) : Optional.empty();
  }

  @Override
  public void answered(float[] row, float[] scores) {
    float[] belief = Surrogate.belief(scores);
    confidences.get((asked - 1) % 2).add((double) belief[Surrogate.greatest(belief)]);
  }

  /**
   * The chance that a member is answered with more confidence than another row: 0.5 is guessing. 0
   * before both kinds were answered.
   */
  double areaUnderCurve() {
    double wins = 0;
    for (double member : confidences.getFirst()) {
      for (double other : confidences.getLast()) {
        wins += member > other ? 1 : member == other ? 0.5 : 0;
      }
    }
    int pairs = confidences.getFirst().size() * confidences.getLast().size();
    return pairs == 0 ? 0 : wins / pairs;
  }
}
