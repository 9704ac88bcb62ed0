package dev.gatehouse.abuse.traffic;

import java.util.random.RandomGenerator;

/**
 * SipHash-2-4 of a text under a secret key (J.-P. Aumasson, D. J. Bernstein: "SipHash: a fast
 * short-input PRF", INDOCRYPT 2012), so that a caller cannot choose names that collide.
 *
 * <p>What is hashed is the text in UTF-16, little endian; of one longer than {@link #CHARS_MAX} the
 * first characters, so that the cost has a bound.
 */
final class KeyedHash {

  /** Names are at most 63 characters; more than these are not told apart. */
  static final int CHARS_MAX = 256;

  private static final int CHARS_PER_WORD = 4;

  private final long key0;
  private final long key1;

  KeyedHash(long key0, long key1) {
    this.key0 = key0;
    this.key1 = key1;
  }

  /** A hash whose key is drawn from {@code random}. */
  static KeyedHash drawn(RandomGenerator random) {
    return new KeyedHash(random.nextLong(), random.nextLong());
  }

  /** The hash of a text. */
  long of(String text) {
    int chars = Math.min(text.length(), CHARS_MAX);
    State state = new State(key0, key1);
    int at = 0;
    for (; at + CHARS_PER_WORD <= chars; at += CHARS_PER_WORD) {
      state.word(word(text, at, at + CHARS_PER_WORD));
    }
    long bytes = 2L * chars;
    return state.end(word(text, at, chars) | (bytes << 56));
  }

  private static long word(String text, int from, int to) {
    long word = 0;
    for (int i = from; i < to; i++) {
      word |= (long) text.charAt(i) << (16 * (i - from));
    }
    return word;
  }

  /** The four words of the algorithm; lives on the stack. */
  private static final class State {

    private long v0;
    private long v1;
    private long v2;
    private long v3;

    State(long key0, long key1) {
      v0 = key0 ^ 0x736f6d6570736575L;
      v1 = key1 ^ 0x646f72616e646f6dL;
      v2 = key0 ^ 0x6c7967656e657261L;
      v3 = key1 ^ 0x7465646279746573L;
    }

    void word(long word) {
      v3 ^= word;
      round();
      round();
      v0 ^= word;
    }

    long end(long last) {
      word(last);
      v2 ^= 0xff;
      for (int i = 0; i < 4; i++) {
        round();
      }
      return v0 ^ v1 ^ v2 ^ v3;
    }

    private void round() {
      v0 += v1;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v3;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 += v3;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 += v1;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v2 = Long.rotateLeft(v2, 32);
    }
  }
}
