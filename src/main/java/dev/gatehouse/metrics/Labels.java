package dev.gatehouse.metrics;

/** Label values that stand for more than one thing, and that therefore no single one may have. */
final class Labels {

  static final String OTHER = "other";
  static final String UNREGISTERED = "unregistered";

  private Labels() {}

  /** Whether {@code name} may be shown as a label of its own. */
  static boolean own(String name) {
    return !name.equals(OTHER) && !name.equals(UNREGISTERED);
  }
}
