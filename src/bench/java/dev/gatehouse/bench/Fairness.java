package dev.gatehouse.bench;

import dev.gatehouse.testing.HeldTokens;
import dev.gatehouse.testing.Realm;
import java.util.ArrayList;
import java.util.List;

/**
 * The load of the fairness rows: three callers, each with a connection and a credential of its own,
 * on one model whose queue never empties. All offer their fair share, or the first of them several
 * times as much; what is counted and timed are the calls of the other two.
 *
 * <p>An offer is a number of calls in flight: with a model that takes the same time for every batch
 * that is what a caller presses on the queue with, and it saturates the model without a rate having
 * to be known. A call of the first caller that is refused for want of room is made again when the
 * gateway says.
 */
final class Fairness {

  /** How many times its share the first caller offers, row by row. */
  static final int[] FACTORS = {1, 10};

  /** More than other rows have, since what is asked is the tail. */
  static final int ROUNDS = 5;

  /** Who calls; the first is the one that offers more. */
  static final List<Realm.Service> CALLERS = List.of(Realm.ORDERS, Realm.RETURNS, Realm.STRANGER);

  /** The calls that a caller has in flight at its fair share: two batches. */
  static final int SHARE = 2 * Workload.SLOW_BATCH_ROWS_MAX;

  private Fairness() {}

  /**
   * The slots of all callers.
   *
   * @param open the connection of each
   */
  static List<LoadLoop.Group> groups(List<Connections> open, HeldTokens tokens, int factor) {
    List<LoadLoop.Group> groups = new ArrayList<>();
    for (int i = 0; i < open.size(); i++) {
      groups.add(
          new LoadLoop.Group(
              open.get(i).stubs(tokens.of(CALLERS.get(i))),
              i == 0 ? factor * SHARE : SHARE,
              i > 0));
    }
    return groups;
  }
}
