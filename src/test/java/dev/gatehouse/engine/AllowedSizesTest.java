package dev.gatehouse.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.TensorSpec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A batch is filled up to a size that is allowed, and nobody sees with what. */
class AllowedSizesTest {

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

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 4", "3, 4", "4, 4", "5, 12", "12, 12"})
  void run_anyRows_modelSeesTheNextAllowedSize(int rows, int size) throws Exception {
    TensorSpec x = new TensorSpec("x", Datatype.FP32, Shape.of(-1, 2));
    TensorSpec count = new TensorSpec("count", Datatype.FP32, Shape.of(-1, 1));
    TensorSpec sum = new TensorSpec("sum", Datatype.FP32, Shape.of(-1, 1));
    Signature signature = new Signature(List.of(x), List.of(count, sum));
    try (LoadedModel model =
        Samples.load(engine, "batch_rows", signature, Samples.allowing(1, 4, 12))) {
      List<List<Tensor>> calls = new ArrayList<>();
      float total = 0;
      for (int row = 1; row <= rows; row++) {
        calls.add(List.of(Samples.floats("x", 1, row, 0.5f)));
        total += row + 0.5f;
      }
      BatchOutcome outcome = model.run(0, calls);
      assertEquals(size - rows, outcome.paddedRows());
      assertEquals(rows, outcome.outputs().size());
      // What is added is the last row, again and again.
      float padded = total + (size - rows) * (rows + 0.5f);
      for (List<Tensor> outputs : outcome.outputs()) {
        assertArrayEquals(new float[] {size}, Samples.floats(outputs.get(0)));
        assertArrayEquals(new float[] {padded}, Samples.floats(outputs.get(1)));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void run_padded_bitForBitAsWithoutPadding(Datatype datatype) throws Exception {
    Random random = new Random(SEED);
    Signature signature = Samples.signature(datatype, new long[] {-1, -1}, datatype, -1, -1);
    try (LoadedModel any = Samples.load(engine, "identity", signature);
        LoadedModel padding = Samples.load(engine, "identity", signature, Samples.allowing(7, 8))) {
      for (int round = 0; round < 30; round++) {
        int width = 1 + random.nextInt(5);
        List<List<Tensor>> calls = new ArrayList<>();
        for (int left = 1 + random.nextInt(8); left > 0; ) {
          int rows = 1 + random.nextInt(left);
          byte[] bytes = new byte[rows * width * datatype.bytes()];
          random.nextBytes(bytes);
          Shape shape = Shape.of(rows, width);
          calls.add(List.of(new Tensor("x", datatype, shape, ByteBuffer.wrap(bytes))));
          left -= rows;
        }
        List<List<Tensor>> expected = any.run(0, calls).outputs();
        BatchOutcome outcome = padding.run(0, calls);
        for (int c = 0; c < calls.size(); c++) {
          Tensor tensor = outcome.outputs().get(c).getFirst();
          assertEquals(calls.get(c).getFirst().shape(), tensor.shape());
          if (datatype != Datatype.BOOL) {
            assertArrayEquals(Samples.raw(calls.get(c).getFirst()), Samples.raw(tensor));
          }
          assertEquals(tensor.data().remaining(), tensor.data().array().length);
          assertArrayEquals(
              Samples.raw(expected.get(c).getFirst()), Samples.raw(tensor), "seed " + SEED);
        }
      }
    }
  }

  @Test
  void run_inputsOfDifferentWidths_eachPadded() throws Exception {
    TensorSpec x = new TensorSpec("x", Datatype.FP32, Shape.of(-1, 2));
    TensorSpec y = new TensorSpec("y", Datatype.INT32, Shape.of(-1, 1));
    TensorSpec out = new TensorSpec("out", Datatype.FP32, Shape.of(-1, 2));
    Signature signature = new Signature(List.of(x, y), List.of(out));
    try (LoadedModel model = Samples.load(engine, "two_inputs", signature, Samples.allowing(5))) {
      Tensor two = Samples.floats("x", 2, 1, 2, 3, 4);
      Tensor ten = Samples.ints("y", 2, 10, 20);
      BatchOutcome outcome = model.run(0, List.of(List.of(two, ten)));
      assertArrayEquals(
          new float[] {11, 12, 23, 24}, Samples.floats(outcome.outputs().getFirst().getFirst()));
      assertEquals(3, outcome.paddedRows());
    }
  }

  @Test
  void run_moreThanTheLargestSize_refused() throws Exception {
    try (LoadedModel model =
        Samples.load(engine, "identity", Samples.floats(1), Samples.allowing(2, 4))) {
      List<Tensor> call = List.of(Samples.floats("x", 1, 1));
      org.junit.jupiter.api.Assertions.assertThrows(
          IllegalArgumentException.class, () -> model.run(0, Collections.nCopies(5, call)));
      assertEquals(4, model.run(0, Collections.nCopies(4, call)).outputs().size());
    }
  }

  @Test
  void warmUp_sizes_thoseThatWillRun() {
    Signature signature = Samples.floats(1);
    LoadSettings listed = Samples.allowing(4, 8, 9);
    LoadSettings any = Samples.settings(1);
    assertEquals(new TreeSet<>(List.of(4, 8, 9)), sizes(signature, listed, false));
    assertEquals(new TreeSet<>(List.of(4, 8, 9)), sizes(signature, listed, true));
    assertEquals(new TreeSet<>(List.of(1, 8)), sizes(signature, any, false));
    assertEquals(new TreeSet<>(List.of(1, 2, 4, 8)), sizes(signature, any, true));
  }

  private static java.util.SortedSet<Integer> sizes(
      Signature signature, LoadSettings settings, boolean gpu) {
    return new WarmUp(signature, settings, gpu, false).sizes();
  }
}
