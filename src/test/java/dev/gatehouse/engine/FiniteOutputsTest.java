package dev.gatehouse.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** NaN and infinity are found, in the outputs of the call that has them and in no other. */
class FiniteOutputsTest {

  private static final long SEED = 20_261_121;
  private static final int ROUNDS = 20_000;

  @ParameterizedTest
  @EnumSource(names = {"FP16", "FP32", "FP64"})
  void all_randomBits_asJavaSays(Datatype datatype) {
    Random random = new Random(SEED);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = new byte[random.nextInt(12) * datatype.bytes()];
      random.nextBytes(bytes);
      ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      // Exponents of ones are rare among random bits: make neighbours of them, on both sides.
      for (int i = 0; i < bytes.length; i += datatype.bytes()) {
        switch (random.nextInt(8)) {
          case 0 -> putNonFinite(datatype, data, i, random);
          case 1 -> putLargestFinite(datatype, data, i, random);
          default -> {}
        }
      }
      boolean expected = true;
      for (int i = 0; i < bytes.length; i += datatype.bytes()) {
        expected &= finite(datatype, data, i);
      }
      assertEquals(expected, FiniteValues.all(datatype, bytes), "seed " + SEED + " " + round);
    }
  }

  private static void putNonFinite(Datatype datatype, ByteBuffer data, int at, Random random) {
    boolean negative = random.nextBoolean();
    boolean infinite = random.nextBoolean();
    float value = infinite ? Float.POSITIVE_INFINITY : Float.NaN;
    put(datatype, data, at, negative ? -value : value);
  }

  private static void putLargestFinite(Datatype datatype, ByteBuffer data, int at, Random random) {
    int sign = random.nextBoolean() ? -1 : 1;
    switch (datatype) {
      case FP16 -> put(datatype, data, at, sign * 65504f);
      case FP64 -> data.putDouble(at, sign * Double.MAX_VALUE);
      default -> put(datatype, data, at, sign * Float.MAX_VALUE);
    }
  }

  private static void put(Datatype datatype, ByteBuffer data, int at, float value) {
    switch (datatype) {
      case FP16 -> data.putShort(at, Float.floatToFloat16(value));
      case FP64 -> data.putDouble(at, value);
      default -> data.putFloat(at, value);
    }
  }

  private static boolean finite(Datatype datatype, ByteBuffer data, int at) {
    return switch (datatype) {
      case FP16 -> Float.isFinite(Float.float16ToFloat(data.getShort(at)));
      case FP64 -> Double.isFinite(data.getDouble(at));
      default -> Float.isFinite(data.getFloat(at));
    };
  }

  @ParameterizedTest
  @EnumSource(names = {"BOOL", "UINT8", "INT8", "INT32", "INT64"})
  void all_integers_alwaysFinite(Datatype datatype) {
    byte[] bytes = new byte[64];
    java.util.Arrays.fill(bytes, (byte) 0xff);
    assertTrue(FiniteValues.all(datatype, bytes));
  }

  @Test
  void run_someCallsNotFinite_theyAloneAreNamed() throws Exception {
    Signature signature =
        Samples.signature(Datatype.FP32, new long[] {-1, 2}, Datatype.FP32, -1, 1);
    List<List<Tensor>> calls =
        List.of(
            List.of(Samples.floats("x", 1, 6, 2)),
            List.of(Samples.floats("x", 1, 0, 0)),
            List.of(Samples.floats("x", 2, 1, 1, 1, 0)),
            List.of(Samples.floats("x", 1, -8, 4)));
    try (TorchEngine engine = Samples.engine();
        LoadedModel required = Samples.load(engine, "quotient", signature, requiring(true));
        LoadedModel passing = Samples.load(engine, "quotient", signature, requiring(false))) {
      BatchOutcome outcome = required.run(0, calls);
      BitSet expected = new BitSet();
      expected.set(1, 3);
      assertEquals(expected, outcome.nonFinite());
      assertEquals(4, outcome.outputs().size());
      assertArrayEquals(new float[] {3}, Samples.floats(outcome.outputs().get(0).getFirst()));
      assertArrayEquals(new float[] {-2}, Samples.floats(outcome.outputs().get(3).getFirst()));
      assertTrue(passing.run(0, calls).nonFinite().isEmpty());
      assertTrue(required.run(0, calls.subList(0, 1)).nonFinite().isEmpty());
    }
  }

  /** What a padded row would give does not count: it is nobody's. */
  private static LoadSettings requiring(boolean finite) {
    return new LoadSettings(
        1, 8, List.of(8), finite, Samples.MINUTE, Samples.MINUTE, SystemTime.ticker());
  }
}
