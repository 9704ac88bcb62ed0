package dev.gatehouse.abuse;

import java.util.List;

/**
 * What rules say of callers: a function of the view alone. Called by the threads of the watch and
 * of the hand, also at once; must not block.
 */
public interface Judge {

  /** The alarms of a caller whose view is this; empty if there are none. */
  List<Alarm> judge(CallerView view);
}
