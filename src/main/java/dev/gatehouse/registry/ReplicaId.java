package dev.gatehouse.registry;

import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Which process of the gateway it is; another one with every start.
 *
 * @param value 1 to 63 characters of {@code a-z}, {@code 0-9} and {@code -}
 */
public record ReplicaId(String value) {

  private static final Pattern FORM = Pattern.compile("[a-z0-9-]{1,63}");

  /**
   * Checks the form.
   *
   * @throws IllegalArgumentException if it has another one
   */
  public ReplicaId {
    if (!FORM.matcher(value).matches()) {
      throw new IllegalArgumentException("not the id of a replica");
    }
  }

  /** One that nobody has had before. */
  public static ReplicaId random() {
    return new ReplicaId(UUID.randomUUID().toString());
  }

  @Override
  public String toString() {
    return value;
  }
}
