package dev.gatehouse.demo.attacks;

/**
 * A registered caller with an API key of its own.
 *
 * <p>A class and no record, since it must not print its key.
 */
final class Account {

  /** The deadline of one call. */
  static final int CALL_SECONDS_MAX = 20;

  private final String id;
  private final String key;
  private final int port;

  Account(String id, String key, int port) {
    this.id = id;
    this.key = key;
    this.port = port;
  }

  /** The caller's id. */
  String id() {
    return id;
  }

  /** Connects from an address of this machine. */
  Line from(String address) {
    return new Line(port, address, key);
  }
}
