package dev.gatehouse.metrics;

import java.time.Duration;
import java.util.Map;

/** What the control log and its checkpoints show of themselves. */
public interface ControlLogState {

  /** How many entries there were when it was last looked at. */
  long entries();

  /** How many refusals and the like were not kept. */
  long dropped();

  /** Whether nothing is known that contradicts what was signed. */
  boolean consistent();

  /** How long there have been entries that no checkpoint covers. */
  Duration checkpointAge();

  /** How often writing checkpoints has failed, by the name of the sink; the names never change. */
  Map<String, Long> checkpointFailures();
}
