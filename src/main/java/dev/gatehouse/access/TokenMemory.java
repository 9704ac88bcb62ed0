package dev.gatehouse.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.gatehouse.core.Ticker;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Tokens that were verified, known by their SHA-256 only.
 *
 * <p>Refusals are not remembered: a token that is refused for an unknown key may be good once the
 * keys are fetched, and a stranger could fill the memory with garbage, while refusing costs at most
 * one signature check.
 */
final class TokenMemory {

  /**
   * How long a token is remembered at most, however late it expires: then it is verified again, so
   * that a key which the issuer took back counts no longer than this.
   */
  static final Duration RETENTION_MAX = Duration.ofHours(1);

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final Cache<Hash, Known> tokens;

  /**
   * The SHA-256 of a token. It is found by its hash code, and compared in time that tells of
   * nothing but the digest, from which no token follows.
   */
  record Hash(long a, long b, long c, long d) {

    static Hash of(String token) {
      byte[] digest;
      try {
        digest =
            MessageDigest.getInstance("SHA-256")
                .digest(token.getBytes(StandardCharsets.ISO_8859_1));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-256", e);
      }
      return new Hash(at(digest, 0), at(digest, 8), at(digest, 16), at(digest, 24));
    }

    private static long at(byte[] digest, int offset) {
      return (long) LONGS.get(digest, offset);
    }

    /** Its first 16 hex digits, which tell credentials apart in the record. */
    String fingerprint() {
      return HexFormat.of().toHexDigits(a);
    }

    @Override
    public int hashCode() {
      return Long.hashCode(a);
    }
  }

  /**
   * A token that was verified, and the caller it last stood for.
   *
   * <p>That caller is kept for the very registration it was made from: another one, be it of the
   * same principal, makes another caller.
   */
  static final class Known {

    private record Made(RegisteredCaller registered, Authentication.Accepted accepted) {}

    private final Verification.Good token;
    private final long acceptedUntilMillis;
    private final long keysGeneration;
    private volatile @Nullable Made made;

    Known(Verification.Good token, Instant acceptedUntil, long keysGeneration) {
      this.token = token;
      this.keysGeneration = keysGeneration;
      // A claim may lie beyond what milliseconds can say.
      long seconds = Math.min(acceptedUntil.getEpochSecond(), Long.MAX_VALUE / 1_000 - 1);
      this.acceptedUntilMillis = seconds * 1_000 + acceptedUntil.getNano() / 1_000_000;
    }

    Verification.Good token() {
      return token;
    }

    /** Which of the issuer's keys it was verified with: {@link IssuerKeys#generation()}. */
    long keysGeneration() {
      return keysGeneration;
    }

    /** From when on it is refused, in milliseconds of the wall clock. */
    long acceptedUntilMillis() {
      return acceptedUntilMillis;
    }

    /** What was made from this registration, calling from this address; or null. */
    @SuppressWarnings("ReferenceEquality") // the same object cannot say anything else
    Authentication.@Nullable Accepted acceptedFor(
        RegisteredCaller registered, InetAddress address) {
      Made last = made;
      return last != null
              && last.registered() == registered
              && last.accepted().caller().address().equals(address)
          ? last.accepted()
          : null;
    }

    void accepted(RegisteredCaller registered, Authentication.Accepted accepted) {
      made = new Made(registered, accepted);
    }
  }

  TokenMemory(int entriesMax, Ticker ticker) {
    tokens =
        Caffeine.newBuilder()
            .maximumSize(entriesMax)
            .expireAfterWrite(RETENTION_MAX)
            .ticker(ticker::nanos)
            .executor(Runnable::run)
            .build();
  }

  @Nullable Known find(Hash hash) {
    return tokens.getIfPresent(hash);
  }

  Known remember(Hash hash, Verification.Good token, Instant acceptedUntil, long keysGeneration) {
    Known known = new Known(token, acceptedUntil, keysGeneration);
    tokens.put(hash, known);
    return known;
  }

  void forget(Hash hash) {
    tokens.invalidate(hash);
  }

  /** How many are remembered, after evicting what is too much. */
  long size() {
    tokens.cleanUp();
    return tokens.estimatedSize();
  }
}
