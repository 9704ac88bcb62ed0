package dev.gatehouse.keys;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A key for keyed hashes (HMAC-SHA256, RFC 2104) of one purpose, derived from a key of a {@link
 * Keyring}: who had it would know neither that key nor those of other purposes.
 *
 * <p>Immutable and safe for any thread. Never shows the key.
 */
public final class DerivedKey {

  /** The bytes of a hash. */
  public static final int HASH_BYTES = 32;

  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKeySpec key;

  DerivedKey(byte[] key) {
    this.key = new SecretKeySpec(key, ALGORITHM);
  }

  /** The keyed hash of {@code parts}, one behind the other; their positions do not move. */
  public byte[] hash(Iterable<ByteBuffer> parts) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      for (ByteBuffer part : parts) {
        mac.update(part.duplicate());
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HMAC-SHA256", e);
    }
  }

  @Override
  public String toString() {
    return "DerivedKey";
  }
}
