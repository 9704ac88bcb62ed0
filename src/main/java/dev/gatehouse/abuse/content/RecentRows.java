package dev.gatehouse.abuse.content;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The rows that one caller sent last, by their signatures, and what a new row is to them.
 *
 * <p>A signature is found again by any of its {@link #BANDS} bands, each of which leads to the
 * latest row with about the same band: a look-up is as many steps, however many rows there are. Two
 * signatures that differ in fewer bits than there are bands share at least one of them; of those
 * that differ in 14 bits, three of four do. Repeats to the last bit are told by a hash of the whole
 * row, which is kept beside the signature and leads to its row as a band does; so they are told
 * also where another row of the same signature came later.
 *
 * <p>{@link #BYTES_MAX} bytes. One thread.
 */
final class RecentRows {

  /** What a row is to the rows before it. */
  enum Repetition {
    /** Unlike any of them. */
    NEW,
    /** Close to one of them, and not the same. */
    NEAR,
    /** The same as one of them, bit for bit, as retries and polling make them. */
    EXACT
  }

  /** Rows that are kept. */
  static final int ROWS_MAX = 512;

  /** Pieces of a signature that it is found by. */
  static final int BANDS = 8;

  /** Slots of a band. */
  static final int SLOTS = 512;

  /** Places that hashes of whole rows lead to; of two in one place the later one has it. */
  static final int HASH_SLOTS = 2048;

  /** Bytes of the arrays, with the header of each. */
  static final long BYTES_MAX = 24L * ROWS_MAX + 2L * BANDS * SLOTS + 2L * HASH_SLOTS + 4 * 16;

  private static final int SLOT_BITS = Integer.numberOfTrailingZeros(SLOTS);
  private static final int BAND_BITS = SimHash.BITS / BANDS;

  private final int nearBits;
  private final long[] signatures = new long[2 * ROWS_MAX];
  private final long[] hashes = new long[ROWS_MAX];
  private final short[] latest = new short[BANDS * SLOTS];
  private final short[] byHash = new short[HASH_SLOTS];
  private int next;

  /**
   * Remembers nothing yet.
   *
   * @param nearBits most bits in which the signatures of near duplicates differ
   */
  RecentRows(int nearBits) {
    this.nearBits = nearBits;
    Arrays.fill(latest, (short) -1);
    Arrays.fill(byHash, (short) -1);
  }

  /** Says what a row is to those before it, and remembers it. */
  Repetition add(long hash, long[] signature) {
    int kept = byHash[place(hash)];
    int same = kept >= 0 && hashes[kept] == hash ? kept : -1;
    boolean near = false;
    for (int band = 0; band < BANDS; band++) {
      int row = latest[slot(signature, band)];
      if (row >= 0) {
        same = hashes[row] == hash ? row : same;
        near |= SimHash.differing(signature, signatures, row) <= nearBits;
      }
    }
    // what is there already takes no second place, so that polling does not push others out
    remember(same >= 0 ? same : next, hash, signature);
    next = same >= 0 ? next : (next + 1) % ROWS_MAX;
    return same >= 0 ? Repetition.EXACT : near ? Repetition.NEAR : Repetition.NEW;
  }

  private void remember(int row, long hash, long[] signature) {
    hashes[row] = hash;
    byHash[place(hash)] = (short) row;
    signatures[2 * row] = signature[0];
    signatures[2 * row + 1] = signature[1];
    for (int band = 0; band < BANDS; band++) {
      latest[slot(signature, band)] = (short) row;
    }
  }

  private static int place(long hash) {
    return (int) hash & (HASH_SLOTS - 1);
  }

  private static int slot(long[] signature, int band) {
    int perWord = BANDS / 2;
    long bits = signature[band / perWord] >>> (band % perWord * BAND_BITS);
    int value = (int) (bits & (1 << BAND_BITS) - 1);
    int hashed = (value * 0x9E3779B1) >>> (Integer.SIZE - SLOT_BITS);
    return band * SLOTS + hashed;
  }

  /** A hash of a row's bits; different rows share one with a chance of about 2^-64. */
  static long hash(float[] row, int offset, int length, long seed) {
    long a = seed;
    long b = ~seed;
    int end = offset + length;
    int i = offset;
    for (; i + 1 < end; i += 2) {
      a = (a ^ Float.floatToRawIntBits(row[i])) * 0x9E3779B97F4A7C15L;
      b = (b ^ Float.floatToRawIntBits(row[i + 1])) * 0xC2B2AE3D27D4EB4FL;
      a ^= a >>> 29;
      b ^= b >>> 31;
    }
    if (i < end) {
      a = (a ^ Float.floatToRawIntBits(row[i])) * 0x9E3779B97F4A7C15L;
    }
    return new SplittableRandom(a * 31 + Long.rotateLeft(b, 32) + length).nextLong();
  }
}
