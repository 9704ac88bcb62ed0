package dev.gatehouse.changes;

import org.jspecify.annotations.Nullable;

/**
 * What a notification says: {@code <topic> <counter>}.
 *
 * @param topic what changed
 * @param counter its counter after the change
 */
record Notification(Topic topic, long counter) {

  /** Reads one; null for what no trigger of ours sends, which is a reason to look all the same. */
  static @Nullable Notification parse(String payload) {
    int blank = payload.indexOf(' ');
    if (blank < 0) {
      return null;
    }
    Topic topic = Topic.of(payload.substring(0, blank));
    if (topic == null) {
      return null;
    }
    try {
      return new Notification(topic, Long.parseLong(payload.substring(blank + 1)));
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
