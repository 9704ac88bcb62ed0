package dev.gatehouse.testing;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Instant;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What an authenticator app computes: time-based one-time codes (RFC 6238) of six digits, a new one
 * every 30 seconds, with HMAC-SHA-1.
 */
final class Totp {

  /** How long a code lasts, in seconds. */
  static final long STEP_SECONDS = 30;

  private static final int CODES = 1_000_000;
  private static final String BASE_32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

  private final SecretKeySpec key;

  /** The codes of a secret in Base32 (RFC 4648), as apps take it; without padding. */
  Totp(String secret) {
    this.key = new SecretKeySpec(decode(secret), "HmacSHA1");
  }

  /** The number of the time step that {@code time} lies in. */
  static long step(Instant time) {
    return Math.floorDiv(time.getEpochSecond(), STEP_SECONDS);
  }

  /** The code of a time step. */
  String code(long step) {
    byte[] mac;
    try {
      Mac hmac = Mac.getInstance("HmacSHA1");
      hmac.init(key);
      mac = hmac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(step).array());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HMAC-SHA-1", e);
    }
    // RFC 4226, section 5.3: the last four bits say where the 31 bits that count begin.
    int offset = mac[mac.length - 1] & 0x0F;
    int truncated = ByteBuffer.wrap(mac).getInt(offset) & 0x7FFF_FFFF;
    return "%06d".formatted(truncated % CODES);
  }

  private static byte[] decode(String text) {
    ByteBuffer bytes = ByteBuffer.allocate(text.length() * 5 / 8);
    int buffer = 0;
    int bits = 0;
    for (int i = 0; i < text.length(); i++) {
      int value = BASE_32.indexOf(text.charAt(i));
      if (value < 0) {
        throw new IllegalArgumentException("not Base32");
      }
      buffer = (buffer << 5 | value) & 0xFFFF;
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        bytes.put((byte) (buffer >> bits));
      }
    }
    return bytes.array();
  }
}
