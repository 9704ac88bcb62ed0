package dev.gatehouse.metrics;

import java.time.Duration;
import java.util.Map;

/**
 * How it fares that turns alarms into findings, as the metrics see it; asked at every scrape, so it
 * answers at once.
 */
public interface HandState {

  /** The alarms that are heard and not written; of each rule, caller and model there is one. */
  int waitingAlarms();

  /** The messages of Alertmanager that are taken and not written. */
  int waitingMessages();

  /** The alarms that were dropped since it began; it only grows. */
  long droppedAlarms();

  /** How many alerts were ignored since it began, by why; the names never change. */
  Map<String, Long> ignoredAlerts();

  /** Whether findings could be written when that was tried last. */
  boolean available();

  /** How long ago everything that was due had been written and decided. */
  Duration roundAge();
}
