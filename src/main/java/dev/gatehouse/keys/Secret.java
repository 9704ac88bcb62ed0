package dev.gatehouse.keys;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * Text that must not be seen: a credential on its way to the one who may have it.
 *
 * <p>Nothing shows it but {@link #reveal}: it prints as a placeholder, has no properties that a
 * serializer would find, and compares in constant time.
 */
public final class Secret {

  private static final String PLACEHOLDER = "[secret]";

  // Not a property by name, and a class without properties is nothing a serializer can write.
  private final byte[] utf8;

  /** Hides {@code text}. */
  public Secret(String text) {
    this.utf8 = text.getBytes(StandardCharsets.UTF_8);
  }

  /** The text itself, to be handed to whom it belongs to and to nobody else. */
  public String reveal() {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Secret secret && MessageDigest.isEqual(utf8, secret.utf8);
  }

  /** The same for all, since a hash of a secret tells of it. */
  @Override
  public int hashCode() {
    return Secret.class.hashCode();
  }

  @Override
  public String toString() {
    return PLACEHOLDER;
  }
}
