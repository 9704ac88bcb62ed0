package dev.gatehouse.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.TensorSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The engine runs real models and gives each call its own rows, bit for bit. */
class TorchEngineTest {

  private static final long SEED = 20_261_121;

  @SuppressWarnings("NullAway.Init") // set before any test
  private static TorchEngine engine;

  @BeforeAll
  static void start() {
    engine = Samples.engine();
  }

  @AfterAll
  static void stop() {
    engine.close();
  }

  @Test
  void devices_cpuChosen_onlyCpu() {
    assertEquals(List.of("cpu"), engine.devices());
  }

  @Test
  void start_again_sharesLibtorchUnlessThreadsDiffer() {
    Samples.engine().close();
    EngineSettings other =
        new EngineSettings(new DeviceChoice.Cpu(), 2, 1, true, Samples.nativeCache());
    assertThrows(IllegalStateException.class, () -> TorchEngine.start(other));
  }

  @Test
  void start_gpuNamedWithoutGpu_refused() {
    EngineSettings gpu =
        new EngineSettings(DeviceChoice.parse("gpu:63"), 1, 1, true, Samples.nativeCache());
    IllegalStateException refusal =
        assertThrows(IllegalStateException.class, () -> TorchEngine.start(gpu));
    assertTrue(String.valueOf(refusal.getMessage()).startsWith("gpu:63 cannot be used"));
  }

  @Test
  void run_digits_asAccurateAsTrained() throws Exception {
    Signature signature =
        Samples.signature(Datatype.FP32, new long[] {-1, 64}, Datatype.FP32, -1, 10);
    List<float[]> digits = Samples.digits();
    int right = 0;
    try (LoadedModel model = Samples.load(engine, "digits_cnn", signature)) {
      for (int from = 0; from < digits.size(); from += Samples.ROWS_MAX) {
        List<float[]> part = digits.subList(from, Math.min(from + Samples.ROWS_MAX, digits.size()));
        List<List<Tensor>> calls = new ArrayList<>();
        for (float[] digit : part) {
          calls.add(List.of(Samples.floats("x", 1, Arrays.copyOf(digit, 64))));
        }
        List<List<Tensor>> outputs = model.run(0, calls).outputs();
        for (int i = 0; i < part.size(); i++) {
          float[] logits = Samples.floats(outputs.get(i).getFirst());
          right += largest(logits) == (int) part.get(i)[64] ? 1 : 0;
        }
      }
    }
    assertEquals(397, digits.size());
    assertEquals(389, right); // 97.98 %
  }

  private static int largest(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }

  @Test
  void run_severalCallsOfSeveralRows_eachGetsItsOwn() throws Exception {
    TensorSpec first = new TensorSpec("INPUT0", Datatype.INT32, Shape.of(-1, 16));
    TensorSpec second = new TensorSpec("INPUT1", Datatype.INT32, Shape.of(-1, 16));
    TensorSpec sum = new TensorSpec("OUTPUT0", Datatype.INT32, Shape.of(-1, 16));
    TensorSpec difference = new TensorSpec("OUTPUT1", Datatype.INT32, Shape.of(-1, 16));
    Signature signature = new Signature(List.of(first, second), List.of(sum, difference));
    Random random = new Random(SEED);
    try (LoadedModel model = Samples.load(engine, "add_sub", signature)) {
      for (int round = 0; round < 20; round++) {
        List<int[]> left = new ArrayList<>();
        List<int[]> right = new ArrayList<>();
        List<List<Tensor>> calls = new ArrayList<>();
        for (int rows : new int[] {1, 3, 2, 1}) {
          left.add(random.ints(rows * 16L, -1000, 1000).toArray());
          right.add(random.ints(rows * 16L, -1000, 1000).toArray());
          calls.add(
              List.of(
                  Samples.ints("INPUT0", rows, left.getLast()),
                  Samples.ints("INPUT1", rows, right.getLast())));
        }
        BatchOutcome outcome = model.run(0, calls);
        for (int c = 0; c < calls.size(); c++) {
          int[] a = left.get(c);
          int[] b = right.get(c);
          int[] sums = Samples.ints(outcome.outputs().get(c).get(0));
          int[] differences = Samples.ints(outcome.outputs().get(c).get(1));
          for (int i = 0; i < a.length; i++) {
            assertEquals(a[i] + b[i], sums[i], "seed " + SEED);
            assertEquals(a[i] - b[i], differences[i], "seed " + SEED);
          }
          assertEquals("OUTPUT1", outcome.outputs().get(c).get(1).name());
          assertEquals(Shape.of(a.length / 16, 16), outcome.outputs().get(c).get(1).shape());
        }
      }
    }
  }

  @Test
  void run_severalCalls_outputsShareNoMemory() throws Exception {
    try (LoadedModel model = Samples.load(engine, "identity", Samples.floats(2))) {
      List<List<Tensor>> calls =
          List.of(
              List.of(Samples.floats("x", 1, 1, 2)), List.of(Samples.floats("x", 2, 3, 4, 5, 6)));
      List<List<Tensor>> outputs = model.run(0, calls).outputs();
      for (int c = 0; c < calls.size(); c++) {
        ByteBuffer data = outputs.get(c).getFirst().data();
        assertEquals(data.remaining(), data.array().length);
        assertEquals(ByteOrder.LITTLE_ENDIAN, data.order());
        assertEquals(0, data.position());
      }
      float[] before = Samples.floats(outputs.get(1).getFirst());
      model.run(0, List.of(List.of(Samples.floats("x", 3, 9, 9, 9, 9, 9, 9))));
      assertArrayEquals(before, Samples.floats(outputs.get(1).getFirst()));
      assertArrayEquals(new float[] {3, 4, 5, 6}, before);
    }
  }

  @Test
  void run_dictOutput_foundByNameInDeclaredOrder() throws Exception {
    TensorSpec x = new TensorSpec("x", Datatype.FP32, Shape.of(-1, 4));
    TensorSpec probabilities = new TensorSpec("probabilities", Datatype.FP32, Shape.of(-1, 3));
    TensorSpec logits = new TensorSpec("logits", Datatype.FP32, Shape.of(-1, 3));
    Signature signature = new Signature(List.of(x), List.of(probabilities, logits));
    try (LoadedModel model = Samples.load(engine, "dict_output", signature)) {
      List<Tensor> outputs =
          model.run(0, List.of(List.of(Samples.floats("x", 1, 1, 2, 3, 4)))).outputs().getFirst();
      assertEquals("probabilities", outputs.get(0).name());
      float[] p = Samples.floats(outputs.get(0));
      float[] l = Samples.floats(outputs.get(1));
      assertEquals(1, p[0] + p[1] + p[2], 1e-5);
      double total = Math.exp(l[0]) + Math.exp(l[1]) + Math.exp(l[2]);
      assertEquals(Math.exp(l[0]) / total, p[0], 1e-5);
    }
  }

  @Test
  void run_variableDimension_anyLengthBetweenExecutions() throws Exception {
    Signature signature =
        Samples.signature(Datatype.INT64, new long[] {-1, -1}, Datatype.FP32, -1, 8);
    try (LoadedModel model = Samples.load(engine, "token_mean", signature)) {
      float[] once = tokens(model, 5);
      for (int length : new int[] {1, 100, 3, 4000}) {
        long[] same = new long[length];
        Arrays.fill(same, 5);
        float[] mean = tokens(model, same);
        for (int i = 0; i < once.length; i++) {
          assertEquals(once[i], mean[i], 1e-4);
        }
      }
      Tensor three = Samples.longs("x", 1, 1, 2, 3);
      Tensor two = Samples.longs("x", 1, 1, 2);
      assertThrows(
          IllegalArgumentException.class,
          () -> model.run(0, List.of(List.of(three), List.of(two))));
    }
  }

  private static float[] tokens(LoadedModel model, long... ids) throws Exception {
    List<Tensor> call = List.of(Samples.longs("x", 1, ids));
    return Samples.floats(model.run(0, List.of(call)).outputs().getFirst().getFirst());
  }

  @Test
  void run_half_bitExact() throws Exception {
    Signature signature =
        Samples.signature(Datatype.FP16, new long[] {-1, 2}, Datatype.FP16, -1, 2);
    try (LoadedModel model = Samples.load(engine, "half", signature)) {
      ByteBuffer data = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
      data.putShort(0, Float.floatToFloat16(1.5f)).putShort(2, Float.floatToFloat16(-0.25f));
      Tensor x = new Tensor("x", Datatype.FP16, Shape.of(1, 2), data);
      Tensor y = model.run(0, List.of(List.of(x))).outputs().getFirst().getFirst();
      assertEquals(HALF_OF_1_5, Float.float16ToFloat(y.bytes().getShort(0)));
      assertEquals(HALF_OF_MINUS_0_25, Float.float16ToFloat(y.bytes().getShort(2)));
    }
  }

  private static final float HALF_OF_1_5 = 0.75f;
  private static final float HALF_OF_MINUS_0_25 = -0.125f;

  @ParameterizedTest
  @EnumSource
  void run_identityOfEveryDatatype_bitExact(Datatype datatype) throws Exception {
    Random random = new Random(SEED);
    Signature signature = Samples.signature(datatype, new long[] {-1, 3, -1}, datatype, -1, 3, -1);
    try (LoadedModel model = Samples.load(engine, "identity", signature)) {
      List<List<Tensor>> calls = new ArrayList<>();
      for (int rows : new int[] {1, 4, 2}) {
        byte[] bytes = new byte[rows * 3 * 5 * datatype.bytes()];
        random.nextBytes(bytes);
        if (datatype == Datatype.BOOL) {
          for (int i = 0; i < bytes.length; i++) {
            bytes[i] &= 1;
          }
        }
        // Direct, read-only and with a position, as a transport may hand them over.
        ByteBuffer data = ByteBuffer.allocateDirect(bytes.length + 16);
        data.put(7, bytes).position(7).limit(7 + bytes.length);
        Shape shape = Shape.of(rows, 3, 5);
        calls.add(List.of(new Tensor("x", datatype, shape, data.asReadOnlyBuffer())));
      }
      List<List<Tensor>> outputs = model.run(0, calls).outputs();
      for (int c = 0; c < calls.size(); c++) {
        Tensor in = calls.get(c).getFirst();
        Tensor out = outputs.get(c).getFirst();
        assertArrayEquals(Samples.raw(in), Samples.raw(out), "seed " + SEED);
        assertEquals(in.shape(), out.shape());
        assertEquals(datatype, out.datatype());
      }
    }
  }

  @Test
  void run_boolOtherThanZeroAndOne_reachesTheModelAsOne() throws Exception {
    Signature signature =
        Samples.signature(Datatype.BOOL, new long[] {-1, 4}, Datatype.BOOL, -1, 4);
    try (LoadedModel model = Samples.load(engine, "identity", signature)) {
      ByteBuffer data = ByteBuffer.wrap(new byte[] {0, 1, 2, -1});
      Tensor x = new Tensor("x", Datatype.BOOL, Shape.of(1, 4), data);
      Tensor y = model.run(0, List.of(List.of(x))).outputs().getFirst().getFirst();
      assertArrayEquals(new byte[] {0, 1, 1, 1}, Samples.raw(y));
    }
  }

  @Test
  void run_modelRaises_failsAndWorksAfter() throws Exception {
    try (LoadedModel model = Samples.load(engine, "picky", Samples.floats(-1))) {
      for (int i = 0; i < 3; i++) {
        ExecutionFailedException failure =
            assertThrows(
                ExecutionFailedException.class,
                () -> model.run(0, List.of(List.of(Samples.floats("x", 1, -1)))));
        assertFalse(String.valueOf(failure.getMessage()).contains("/"), failure.getMessage());
        Tensor y =
            model
                .run(0, List.of(List.of(Samples.floats("x", 1, 21))))
                .outputs()
                .getFirst()
                .getFirst();
        assertArrayEquals(new float[] {42}, Samples.floats(y));
      }
      assertEquals(0, model.liveTensors());
      assertEquals(1, model.usableInstances());
    }
  }

  @Test
  void run_modelInTrainingMode_isSwitchedToEvaluation() throws Exception {
    try (LoadedModel model = Samples.load(engine, "dropout_training", Samples.floats(64))) {
      float[] ones = new float[64];
      Arrays.fill(ones, 1);
      Tensor x = Samples.floats("x", 1, ones);
      Tensor y = model.run(0, List.of(List.of(x))).outputs().getFirst().getFirst();
      assertArrayEquals(ones, Samples.floats(y));
    }
  }

  @Test
  void run_modelChangesItsInput_callersBytesStayAsTheyWere() throws Exception {
    try (LoadedModel model = Samples.load(engine, "in_place", Samples.floats(2))) {
      ByteBuffer direct = ByteBuffer.allocateDirect(8).order(ByteOrder.LITTLE_ENDIAN);
      direct.putFloat(0, 1).putFloat(4, 2);
      Tensor x = new Tensor("x", Datatype.FP32, Shape.of(1, 2), direct);
      Tensor y = model.run(0, List.of(List.of(x))).outputs().getFirst().getFirst();
      assertArrayEquals(new float[] {2, 3}, Samples.floats(y));
      assertArrayEquals(new float[] {1, 2}, Samples.floats(x));
    }
  }

  @Test
  void run_modelKeepsItsInput_memoryStaysReadable() throws Exception {
    Signature signature = Samples.floats(-1);
    try (LoadedModel model = Samples.load(engine, "remembering", signature)) {
      for (int width = 1; width <= 1 << 20; width *= 4) {
        Tensor x = Samples.floats("x", 1, new float[width]);
        Tensor y = model.run(0, List.of(List.of(x))).outputs().getFirst().getFirst();
        assertEquals(width, Samples.floats(y).length);
      }
    }
  }

  @Test
  void run_callsThatDoNotFit_refusedBeforeNativeCode() throws Exception {
    try (LoadedModel model = Samples.load(engine, "identity", Samples.floats(2))) {
      Tensor good = Samples.floats("x", 1, 1, 2);
      Tensor wide = Samples.floats("x", 1, 1, 2, 3);
      Tensor ints = Samples.ints("x", 1, 1, 2);
      Tensor none = new Tensor("x", Datatype.FP32, Shape.of(0, 2), ByteBuffer.allocate(0));
      refused(model, List.of());
      refused(model, List.of(List.of()));
      refused(model, List.of(List.of(good, good)));
      refused(model, List.of(List.of(good), List.of(wide)));
      refused(model, List.of(List.of(ints)));
      refused(model, List.of(List.of(none)));
      refused(model, Collections.nCopies(Samples.ROWS_MAX + 1, List.of(good)));
      model.run(0, Collections.nCopies(Samples.ROWS_MAX, List.of(good)));
    }
  }

  @Test
  void run_inputsOfDifferentRows_refusedBeforeNativeCode() throws Exception {
    TensorSpec x = new TensorSpec("x", Datatype.FP32, Shape.of(-1, 2));
    TensorSpec y = new TensorSpec("y", Datatype.INT32, Shape.of(-1, 1));
    TensorSpec out = new TensorSpec("out", Datatype.FP32, Shape.of(-1, 2));
    Signature signature = new Signature(List.of(x, y), List.of(out));
    try (LoadedModel model = Samples.load(engine, "two_inputs", signature)) {
      Tensor two = Samples.floats("x", 2, 1, 2, 3, 4);
      refused(model, List.of(List.of(two, Samples.ints("y", 1, 10))));
      Tensor ten = Samples.ints("y", 2, 10, 20);
      Tensor sum = model.run(0, List.of(List.of(two, ten))).outputs().getFirst().getFirst();
      assertArrayEquals(new float[] {11, 12, 23, 24}, Samples.floats(sum));
    }
  }

  private static void refused(LoadedModel model, List<List<Tensor>> calls) {
    assertThrows(IllegalArgumentException.class, () -> model.run(0, calls));
  }

  @Test
  void run_severalInstances_eachRuns() throws Exception {
    LoadSettings settings = Samples.settings(3, SystemTime.ticker());
    byte[] artifact = Samples.bytes("identity.pt");
    try (LoadedModel model = engine.load("three", artifact, Samples.floats(1), settings)) {
      assertEquals(3, model.instances());
      assertEquals(3, model.usableInstances());
      for (int i = 0; i < 3; i++) {
        assertEquals("cpu", model.device(i));
        Tensor y =
            model
                .run(i, List.of(List.of(Samples.floats("x", 1, i))))
                .outputs()
                .getFirst()
                .getFirst();
        assertArrayEquals(new float[] {i}, Samples.floats(y));
      }
    }
  }

  @Test
  void run_afterClose_refused() throws Exception {
    LoadedModel model = Samples.load(engine, "identity", Samples.floats(1));
    model.close();
    model.close();
    assertEquals(0, model.usableInstances());
    Tensor x = Samples.floats("x", 1, 1);
    assertThrows(IllegalStateException.class, () -> model.run(0, List.of(List.of(x))));
  }
}
