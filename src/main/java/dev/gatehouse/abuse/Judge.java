package dev.gatehouse.abuse;

import java.util.List;

/** What rules say of callers. Called by the thread of the watch; must not block. */
public interface Judge {

  /** The alarms of a caller whose view is this; empty if there are none. */
  List<Alarm> judge(CallerView view);
}
