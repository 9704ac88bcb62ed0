package dev.gatehouse.audit;

import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.keys.DerivedKey;
import dev.gatehouse.keys.Keyring;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Keyed digests of inputs, by which those who have the key can tell that two calls had the same.
 *
 * <p>A digest is made with a key of its own for each period, so that calls of different periods
 * cannot be matched by anybody. What is stored is blinded with a nonce, so that equal digests do
 * not look equal to whoever reads the journal without the key. The bytes are described in
 * docs/security/audit.md.
 *
 * <p>Safe for any number of threads. Digesting takes time in proportion to the inputs, and blocks
 * on nothing.
 */
public final class InputDigests {

  /** The bytes that are stored. */
  public static final int STORED_BYTES = 61;

  /** The shortest period of a key. */
  public static final Duration PERIOD_MIN = Duration.ofHours(1);

  /** The longest. */
  public static final Duration PERIOD_MAX = Duration.ofDays(366);

  private static final byte FORMAT = 1;
  private static final int NONCE_BYTES = 16;
  private static final byte[] MATCHING = label("gatehouse input digest 1 matching");
  private static final byte[] BLINDING = label("gatehouse input digest 1 blinding");

  private final Keyring keyring;
  private final long periodSeconds;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  /** Those of the period in which the last digest was made. */
  private final AtomicReference<@Nullable Keys> latest = new AtomicReference<>();

  /**
   * Digests with keys derived from {@code keyring}.
   *
   * @param period how long a key is used
   * @throws IllegalArgumentException if the period is outside its bounds
   */
  public InputDigests(Keyring keyring, Duration period, InstantSource clock) {
    if (period.compareTo(PERIOD_MIN) < 0 || period.compareTo(PERIOD_MAX) > 0) {
      throw new IllegalArgumentException("a key is used for an hour to 366 days");
    }
    this.keyring = keyring;
    this.periodSeconds = period.toSeconds();
    this.clock = clock;
  }

  /**
   * The keys of a period.
   *
   * @param start when it began, in seconds since 1970
   */
  private record Keys(int keyId, long start, DerivedKey matching, DerivedKey blinding) {}

  /** Whether there is a key to make digests with. */
  public boolean available() {
    return keyring.available();
  }

  /**
   * The digest of inputs as it is stored, {@link #STORED_BYTES} long; another one each time.
   *
   * @param inputs in the order of the model's signature
   * @throws IllegalStateException if there is no key
   */
  public byte[] digest(List<Tensor> inputs) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    return digest(inputs, nonce);
  }

  byte[] digest(List<Tensor> inputs, byte[] nonce) {
    long now = clock.instant().getEpochSecond();
    Keys keys = keys(now - Math.floorMod(now, periodSeconds));
    byte[] digest = keys.matching().hash(canonical(inputs));
    return ByteBuffer.allocate(STORED_BYTES)
        .put(FORMAT)
        .putInt(keys.keyId())
        .putLong(keys.start())
        .put(nonce)
        .put(blinded(keys.blinding(), nonce, digest))
        .array();
  }

  /**
   * What a stored digest says, in hex: the same for two of one period exactly if the inputs were
   * the same.
   *
   * @return empty if it is none, or the key that it was made with is gone
   */
  public Optional<String> open(byte[] stored) {
    if (stored.length != STORED_BYTES || stored[0] != FORMAT) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(stored, 1, STORED_BYTES - 1);
    int keyId = in.getInt();
    long start = in.getLong();
    byte[] nonce = new byte[NONCE_BYTES];
    byte[] blinded = new byte[DerivedKey.HASH_BYTES];
    in.get(nonce).get(blinded);
    return keyring
        .derive(keyId, dated(BLINDING, start))
        .map(blinding -> HexFormat.of().formatHex(blinded(blinding, nonce, blinded)));
  }

  private Keys keys(long start) {
    Keys known = latest.get();
    if (known != null && known.start() == start) {
      return known;
    }
    int keyId = keyring.primaryId();
    Keys fresh =
        new Keys(keyId, start, require(keyId, MATCHING, start), require(keyId, BLINDING, start));
    latest.set(fresh);
    return fresh;
  }

  private DerivedKey require(int keyId, byte[] label, long start) {
    return keyring
        .derive(keyId, dated(label, start))
        .orElseThrow(() -> new IllegalStateException("there is no key"));
  }

  /** Blinds, or undoes it. */
  private static byte[] blinded(DerivedKey key, byte[] nonce, byte[] digest) {
    byte[] mask = key.hash(List.of(ByteBuffer.wrap(nonce)));
    for (int i = 0; i < mask.length; i++) {
      mask[i] ^= digest[i];
    }
    return mask;
  }

  /** Every part with its length, so that no two lists of inputs have the same bytes. */
  private static List<ByteBuffer> canonical(List<Tensor> inputs) {
    List<ByteBuffer> parts = new ArrayList<>(2 * inputs.size() + 1);
    parts.add(ByteBuffer.allocate(Integer.BYTES).putInt(inputs.size()).flip());
    for (Tensor input : inputs) {
      ByteBuffer data = input.bytes();
      parts.add(head(input, data.remaining()));
      parts.add(data);
    }
    return parts;
  }

  private static ByteBuffer head(Tensor input, long dataBytes) {
    byte[] name = input.name().getBytes(StandardCharsets.UTF_8);
    byte[] datatype = input.datatype().name().getBytes(StandardCharsets.UTF_8);
    Shape shape = input.shape();
    ByteBuffer head =
        ByteBuffer.allocate(
            2 * Short.BYTES + name.length + datatype.length + 1 + Long.BYTES * (shape.rank() + 1));
    head.putShort((short) name.length).put(name);
    head.putShort((short) datatype.length).put(datatype);
    head.put((byte) shape.rank());
    for (int i = 0; i < shape.rank(); i++) {
      head.putLong(shape.dimension(i));
    }
    return head.putLong(dataBytes).flip();
  }

  private static byte[] dated(byte[] label, long start) {
    return ByteBuffer.allocate(label.length + Long.BYTES).put(label).putLong(start).array();
  }

  private static byte[] label(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
