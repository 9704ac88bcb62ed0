package dev.gatehouse.abuse;

/**
 * Hears of alarms, again and again while their conditions hold. Called by the thread of the watch;
 * must not block.
 */
public interface AlarmListener {

  /** A rule's condition holds. */
  void alarm(Alarm alarm);
}
