package dev.gatehouse.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.access.OutputPolicy;
import dev.gatehouse.access.OutputPolicy.Detail;
import dev.gatehouse.access.OutputPolicy.Scores;
import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.TensorSpec;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What policies give, against a reference that sorts rows and calculates with decimals. */
final class OutputPoliciesTest {

  private static final long SEED = 1_120;
  private static final int TENSORS = 400;

  private static OutputPolicy policy(String output, Detail detail) {
    return new OutputPolicy(output, detail, 2, 3, Scores.PROBABILITIES);
  }

  private static Tensor tensor(Datatype datatype, Shape shape, double... values) {
    // In the middle of a larger buffer, as outputs of a batch lie.
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * datatype.bytes() + 24).order(ByteOrder.LITTLE_ENDIAN);
    bytes.position(8);
    for (double value : values) {
      switch (datatype) {
        case FP16 -> bytes.putShort(Float.floatToFloat16((float) value));
        case FP32 -> bytes.putFloat((float) value);
        default -> bytes.putDouble(value);
      }
    }
    bytes.flip().position(8);
    return new Tensor("y", datatype, shape, bytes);
  }

  private static double[] values(Tensor tensor) {
    ByteBuffer bytes = tensor.bytes();
    double[] values = new double[(int) tensor.shape().elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (tensor.datatype()) {
            case FP16 -> Float.float16ToFloat(bytes.getShort());
            case FP32 -> bytes.getFloat();
            default -> bytes.getDouble();
          };
    }
    return values;
  }

  /** What is given of one output, whose policy is for it. */
  private static Tensor given(OutputPolicy policy, Tensor output) {
    long[] open = output.shape().toArray();
    open[0] = Shape.VARIABLE;
    Signature signature =
        new Signature(
            List.of(new TensorSpec("x", Datatype.FP32, Shape.of(-1, 1))),
            List.of(new TensorSpec("y", output.datatype(), Shape.of(open))));
    OutputPolicies policies = OutputPolicies.of(List.of(policy), signature, new int[0]);
    assertNotNull(policies);
    byte[] before = copy(output);
    Tensor given = policies.apply(List.of(output)).getFirst();
    assertArrayEquals(before, copy(output), "the model's own output was changed");
    assertEquals(output.name(), given.name());
    assertEquals(output.datatype(), given.datatype());
    assertEquals(output.shape(), given.shape());
    return given;
  }

  private static byte[] copy(Tensor tensor) {
    byte[] whole = tensor.data().array().clone();
    assertTrue(whole.length > 0);
    return whole;
  }

  private static Tensor random(Random random, Datatype datatype) {
    int rows = 1 + random.nextInt(4);
    int middle = random.nextInt(3);
    int classes = 1 + random.nextInt(12);
    Shape shape = middle == 0 ? Shape.of(rows, classes) : Shape.of(rows, middle, classes);
    double[] values = new double[(int) shape.elements()];
    int kind = random.nextInt(4);
    for (int i = 0; i < values.length; i++) {
      values[i] = score(random, kind);
    }
    return tensor(datatype, shape, values);
  }

  private static double score(Random random, int kind) {
    return switch (random.nextInt(12)) {
      case 0 -> Double.NaN;
      case 1 -> Double.NEGATIVE_INFINITY;
      case 2 -> Double.POSITIVE_INFINITY;
      case 3 -> -0.0;
      case 4 -> 0.0;
      // Halves, on which rounding turns.
      case 5 -> (random.nextInt(4_001) - 2_000) / 2_000.0;
      case 6 -> (random.nextInt(41) - 20) / 8.0;
      default ->
          switch (kind) {
            case 0 -> random.nextDouble();
            case 1 -> random.nextGaussian() * 20;
            case 2 -> random.nextInt(3);
            default -> random.nextGaussian() * Math.pow(10, random.nextInt(5) - 5);
          };
    };
  }

  /** The places of a row in the order of their ranks, without those that have none. */
  private static List<Integer> ranked(double[] row) {
    return IntStream.range(0, row.length)
        .boxed()
        .filter(i -> !Double.isNaN(row[i]))
        .sorted(Comparator.comparingDouble((Integer i) -> row[i] == 0 ? 0.0 : row[i]).reversed())
        .toList();
  }

  private static double lowest(Datatype datatype) {
    return switch (datatype) {
      case FP16 -> -65_504;
      case FP32 -> -Float.MAX_VALUE;
      default -> -Double.MAX_VALUE;
    };
  }

  private static double reference(OutputPolicy policy, Datatype datatype, double[] row, int i) {
    return switch (policy.detail()) {
      case ALL -> row[i];
      case LABEL_ONLY -> !ranked(row).isEmpty() && ranked(row).getFirst() == i ? 1 : 0;
      case TOP_K ->
          ranked(row).stream().limit(policy.topK()).anyMatch(kept -> kept == i)
              ? row[i]
              : policy.scores() == Scores.PROBABILITIES ? 0 : lowest(datatype);
      case ROUNDED -> rounded(datatype, row[i], policy.decimals());
    };
  }

  private static double rounded(Datatype datatype, double value, int decimals) {
    if (!Double.isFinite(value)) {
      return value;
    }
    BigDecimal exact = new BigDecimal(value).setScale(decimals, RoundingMode.HALF_EVEN);
    return switch (datatype) {
      case FP16 -> nearestHalf(exact);
      case FP32 -> exact.floatValue();
      default -> exact.doubleValue();
    };
  }

  /** Found by trying the neighbours of a guess. */
  private static double nearestHalf(BigDecimal exact) {
    short guess = Float.floatToFloat16(exact.floatValue());
    double best = Float.float16ToFloat(guess);
    for (int step : new int[] {-1, 1}) {
      double other = Float.float16ToFloat((short) (guess + step));
      if (Double.isFinite(other)
          && exact
                  .subtract(new BigDecimal(other))
                  .abs()
                  .compareTo(exact.subtract(new BigDecimal(best)).abs())
              < 0) {
        best = other;
      }
    }
    return best;
  }

  private static void assertAsReference(OutputPolicy policy, Tensor output, String what) {
    double[] before = values(output);
    double[] after = values(given(policy, output));
    int classes = (int) output.shape().dimension(output.shape().rank() - 1);
    for (int i = 0; i < before.length; i++) {
      int start = i - i % classes;
      double[] row = Arrays.copyOfRange(before, start, start + classes);
      double expected = reference(policy, output.datatype(), row, i - start);
      assertEquals(expected, after[i] == 0 ? expected == 0 ? expected : 0.0 : after[i], what);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FP16", "FP32", "FP64"})
  void give_randomOutputs_areAsTheReferenceSays(Datatype datatype) {
    Random random = new Random(SEED + datatype.ordinal());
    for (int i = 0; i < TENSORS; i++) {
      Tensor output = random(random, datatype);
      for (Detail detail : List.of(Detail.LABEL_ONLY, Detail.TOP_K, Detail.ROUNDED)) {
        OutputPolicy policy =
            new OutputPolicy(
                "y",
                detail,
                1 + random.nextInt(14),
                random.nextInt(OutputPolicy.DECIMALS_MAX + 1),
                Scores.values()[random.nextInt(2)]);
        int columns = (int) output.shape().dimension(output.shape().rank() - 1);
        if (detail != Detail.LABEL_ONLY || columns != 1) {
          assertAsReference(policy, output, "seed " + SEED + ", tensor " + i + ", " + policy);
        }
      }
    }
  }

  @Test
  void rounded_manyNumbers_areAsTheReferenceSays() {
    Random random = new Random(SEED);
    for (int i = 0; i < 20_000; i++) {
      double value =
          switch (i % 4) {
            case 0 -> Double.longBitsToDouble(random.nextLong());
            case 1 -> random.nextInt() / 2_000_000.0;
            case 2 -> Math.nextUp((2 * random.nextInt(1_000_000) + 1) / 2e6);
            default -> random.nextDouble() * Math.pow(2, random.nextInt(60));
          };
      int decimals = random.nextInt(OutputPolicy.DECIMALS_MAX + 1);
      OutputPolicy policy = new OutputPolicy("", Detail.ROUNDED, 0, decimals, Scores.LOGITS);
      assertAsReference(policy, tensor(Datatype.FP64, Shape.of(1, 1), value), "" + value);
      assertAsReference(policy, tensor(Datatype.FP32, Shape.of(1, 1), value), "" + value);
    }
  }

  @Test
  void rounded_everyHalf_isAsTheReferenceSays() {
    double[] halves = new double[1 << Short.SIZE];
    for (int i = 0; i < halves.length; i++) {
      halves[i] = Float.float16ToFloat((short) i);
    }
    Tensor output = tensor(Datatype.FP16, Shape.of(halves.length, 1), halves);
    for (int decimals = 0; decimals <= OutputPolicy.DECIMALS_MAX; decimals++) {
      assertAsReference(
          new OutputPolicy("", Detail.ROUNDED, 0, decimals, Scores.LOGITS),
          output,
          decimals + " decimals");
    }
  }

  @Test
  void rounded_negativeNearZero_losesItsSign() {
    OutputPolicy policy = new OutputPolicy("", Detail.ROUNDED, 0, 1, Scores.LOGITS);
    double[] given = values(given(policy, tensor(Datatype.FP32, Shape.of(1, 2), -0.01, -0.0)));
    assertEquals(0, Double.doubleToRawLongBits(given[0]));
    assertEquals(0, Double.doubleToRawLongBits(given[1]));
  }

  @Test
  void rounded_halves_goToTheEvenOne() {
    OutputPolicy policy = new OutputPolicy("", Detail.ROUNDED, 0, 0, Scores.LOGITS);
    assertArrayEquals(
        new double[] {0, 2, 2, -2, 4},
        values(given(policy, tensor(Datatype.FP64, Shape.of(1, 5), 0.5, 1.5, 2.5, -2.5, 3.5))));
  }

  @Test
  void topK_ties_keepTheFirst() {
    OutputPolicy policy = new OutputPolicy("", Detail.TOP_K, 2, 0, Scores.PROBABILITIES);
    assertArrayEquals(
        new double[] {0.25, 0.25, 0, 0},
        values(given(policy, tensor(Datatype.FP32, Shape.of(1, 4), 0.25, 0.25, 0.25, 0.25))));
  }

  @Test
  void topK_moreThanThereAre_keepsAllButNotNaN() {
    OutputPolicy policy = new OutputPolicy("", Detail.TOP_K, 9, 0, Scores.LOGITS);
    assertArrayEquals(
        new double[] {3, -Float.MAX_VALUE, Double.NEGATIVE_INFINITY},
        values(
            given(
                policy,
                tensor(Datatype.FP32, Shape.of(1, 3), 3, Double.NaN, Double.NEGATIVE_INFINITY))));
  }

  @Test
  void labelOnly_nothingButNaN_givesNoLabel() {
    OutputPolicy policy = new OutputPolicy("", Detail.LABEL_ONLY, 0, 0, Scores.LOGITS);
    assertArrayEquals(
        new double[] {0, 0, 0, 1},
        values(
            given(
                policy,
                tensor(Datatype.FP16, Shape.of(2, 2), Double.NaN, Double.NaN, Double.NaN, -7))));
  }

  private static final Signature SEVERAL =
      new Signature(
          List.of(new TensorSpec("x", Datatype.FP32, Shape.of(-1, 4))),
          List.of(
              new TensorSpec("logits", Datatype.FP32, Shape.of(-1, 3)),
              new TensorSpec("probabilities", Datatype.FP32, Shape.of(-1, 3)),
              new TensorSpec("classes", Datatype.INT64, Shape.of(-1, 3)),
              new TensorSpec("score", Datatype.FP32, Shape.of(-1)),
              new TensorSpec("odds", Datatype.FP32, Shape.of(-1, 1))));

  /** Its label would be 1 whatever the score is. */
  @Test
  void of_aLabelOfOneColumn_isRefused() {
    OutputPolicy label = new OutputPolicy("odds", Detail.LABEL_ONLY, 0, 0, Scores.LOGITS);
    assertRefused("two columns", List.of(label), 4);
    OutputPolicy rounded = new OutputPolicy("odds", Detail.ROUNDED, 0, 2, Scores.LOGITS);
    assertNotNull(OutputPolicies.of(List.of(rounded), SEVERAL, new int[] {4}));
  }

  private static void assertRefused(String words, List<OutputPolicy> policies, int... wanted) {
    RefusedException e =
        assertThrows(RefusedException.class, () -> OutputPolicies.of(policies, SEVERAL, wanted));
    Refusal.StateInvalid refusal = assertInstanceOf(Refusal.StateInvalid.class, e.refusal());
    assertTrue(refusal.description().contains(words), refusal.description());
  }

  @Test
  void of_noPolicy_givesEverything() {
    assertNull(OutputPolicies.of(List.of(), SEVERAL, new int[0]));
  }

  @Test
  void of_allOfEverything_givesEverything() {
    assertNull(OutputPolicies.of(List.of(policy("", Detail.ALL)), SEVERAL, new int[0]));
  }

  @Test
  void of_outputWithoutPolicy_isWithheld() {
    List<OutputPolicy> policies = List.of(policy("logits", Detail.ALL));
    assertNull(OutputPolicies.of(policies, SEVERAL, new int[] {0}));
    assertRefused("withholds the output probabilities", policies, 1);
    assertRefused("withholds the output probabilities", policies, 0, 1);
    assertRefused("withholds the output probabilities", policies);
  }

  @Test
  void of_policyThatDoesNotFit_isRefusedWhereItIsWanted() {
    List<OutputPolicy> policies = List.of(policy("", Detail.TOP_K));
    assertNotNull(OutputPolicies.of(policies, SEVERAL, new int[] {1, 0}));
    assertRefused("policy for the output classes", policies, 2);
    assertRefused("policy for the output score", policies, 0, 3);
    assertRefused("policy for the output classes", policies);
  }

  @Test
  void of_namedAndUnnamed_theNamedHolds() {
    List<OutputPolicy> policies =
        List.of(
            policy("", Detail.LABEL_ONLY),
            policy("logits", Detail.ALL),
            policy("classes", Detail.ALL),
            policy("score", Detail.ALL));
    OutputPolicies compiled = OutputPolicies.of(policies, SEVERAL, new int[] {1, 0, 3});
    assertNotNull(compiled);
    Tensor logits = tensor(Datatype.FP32, Shape.of(1, 3), 5, 7, 6);
    Tensor score = tensor(Datatype.FP32, Shape.of(1), 5);
    List<Tensor> given = compiled.apply(List.of(logits, logits, score));
    assertArrayEquals(new double[] {0, 1, 0}, values(given.get(0)));
    assertSame(logits, given.get(1));
    assertSame(score, given.get(2));
  }

  @Test
  void of_twoForOneOutput_theLesserHolds() {
    List<Detail> details = new ArrayList<>(List.of(Detail.ALL, Detail.LABEL_ONLY, Detail.ROUNDED));
    for (int turn = 0; turn < details.size(); turn++) {
      Collections.rotate(details, 1);
      OutputPolicies compiled =
          OutputPolicies.of(
              details.stream().map(detail -> policy("logits", detail)).toList(),
              SEVERAL,
              new int[] {0});
      assertNotNull(compiled);
      assertArrayEquals(
          new double[] {0, 1, 0},
          values(
              compiled.apply(List.of(tensor(Datatype.FP32, Shape.of(1, 3), 5, 7, 6))).getFirst()));
    }
  }

  @Test
  void apply_outputsOfAnotherSignature_areNotGiven() {
    OutputPolicies compiled =
        OutputPolicies.of(List.of(policy("", Detail.ROUNDED)), SEVERAL, new int[] {0});
    assertNotNull(compiled);
    Tensor one = tensor(Datatype.FP32, Shape.of(3), 1, 2, 3);
    assertThrows(IllegalStateException.class, () -> compiled.apply(List.of(one)));
    assertThrows(IllegalStateException.class, () -> compiled.apply(List.of(one, one)));
  }
}
