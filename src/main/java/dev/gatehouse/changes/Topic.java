package dev.gatehouse.changes;

import org.jspecify.annotations.Nullable;

/** What can change; each has a row in the table {@code changes}. */
public enum Topic {
  /** Callers, grants, and whatever else decides about access. */
  ACCESS("access"),
  /** Models, versions and deployments. */
  REGISTRY("registry");

  private final String key;

  Topic(String key) {
    this.key = key;
  }

  /** Its name in the database. */
  String key() {
    return key;
  }

  /** The topic of that name; null for one that a later release may know. */
  static @Nullable Topic of(String key) {
    for (Topic topic : values()) {
      if (topic.key.equals(key)) {
        return topic;
      }
    }
    return null;
  }
}
