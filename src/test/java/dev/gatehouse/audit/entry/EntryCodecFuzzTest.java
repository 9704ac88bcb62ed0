package dev.gatehouse.audit.entry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.merkle.Hash;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whatever the codec accepts, it makes again byte for byte; everything else it refuses. */
final class EntryCodecFuzzTest {

  private static final int ROUNDS = 300_000;

  @Test
  void read_bytesOfAnyKind_areRefusedOrMadeAgain() {
    long seed = Long.getLong("gatehouse.fuzz.seed", new SplittableRandom().nextLong());
    System.out.println("EntryCodecFuzzTest seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    int accepted = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = mutated(EntryCodec.write(entry(random)), random);
      try {
        Entry read = EntryCodec.read(bytes);
        accepted++;
        assertArrayEquals(bytes, EntryCodec.write(read), () -> "seed " + seed + ": " + read);
      } catch (EntryFormatException refused) {
        assertTrue(refused.getMessage() != null && !refused.getMessage().contains("\n"));
      }
    }
    assertTrue(accepted > ROUNDS / 20 && accepted < ROUNDS, "accepted " + accepted);
  }

  private static Entry entry(SplittableRandom random) {
    EntryKind kind = EntryKind.values()[random.nextInt(EntryKind.values().length)];
    Map<Field, Object> fields = new EnumMap<>(Field.class);
    for (Field field : Field.values()) {
      if (kind.requires(field) || kind.allows(field) && random.nextBoolean()) {
        fields.put(field, value(field, random));
      }
    }
    return new Entry(
        kind,
        random.nextLong() >>> random.nextInt(1, 64),
        Instant.EPOCH.plus(random.nextLong() >> random.nextInt(8, 64), ChronoUnit.MICROS),
        fields);
  }

  private static Object value(Field field, SplittableRandom random) {
    return switch (field.type()) {
      case TEXT, LONG_TEXT -> "é\u0000".repeat(random.nextInt(4));
      case NUMBER -> random.nextLong() >>> random.nextInt(1, 64);
      case HASH -> Hash.of(new byte[Hash.BYTES]);
      case TRACE -> "ab".repeat(16);
      case BYTES -> "01".repeat(random.nextInt(1, 65));
    };
  }

  private static byte[] mutated(byte[] bytes, SplittableRandom random) {
    byte[] changed = bytes;
    for (int times = random.nextInt(3); times >= 0; times--) {
      int at = random.nextInt(changed.length);
      switch (random.nextInt(6)) {
        case 0 -> changed = Arrays.copyOf(changed, Math.max(1, at));
        case 1 -> changed = Arrays.copyOf(changed, changed.length + random.nextInt(40));
        case 2 -> {
          byte[] rest = Arrays.copyOfRange(changed, at, changed.length);
          changed = Arrays.copyOf(changed, changed.length + rest.length);
          System.arraycopy(rest, 0, changed, changed.length - rest.length, rest.length);
        }
        case 3 -> changed = Arrays.copyOf(changed, EntryCodec.BYTES_MAX + random.nextInt(3));
        default -> {
          changed = changed.clone();
          changed[at] ^= (byte) (1 << random.nextInt(8));
        }
      }
    }
    return changed;
  }
}
