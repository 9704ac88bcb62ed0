package dev.gatehouse.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What models may return, and that what they may not fails their loading with the reason. */
class OutputsTest {

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
  @ValueSource(strings = {"list_output", "any_list_output", "wrapped_output"})
  void run_listsAndTrivialNesting_inOrder(String name) throws Exception {
    TensorSpec x = new TensorSpec("x", Datatype.FP32, Shape.of(-1, 1));
    TensorSpec one = new TensorSpec("one", Datatype.FP32, Shape.of(-1, 1));
    TensorSpec two = new TensorSpec("two", Datatype.FP32, Shape.of(-1, 1));
    Signature signature = new Signature(List.of(x), List.of(one, two));
    try (LoadedModel model = Samples.load(engine, name, signature)) {
      List<Tensor> outputs =
          model.run(0, List.of(List.of(Samples.floats("x", 1, 5)))).outputs().getFirst();
      assertArrayEquals(new float[] {6}, Samples.floats(outputs.get(0)));
      assertArrayEquals(new float[] {7}, Samples.floats(outputs.get(1)));
      assertEquals(0, model.liveTensors());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "transposed, 4",
    "column, 1",
    "expanded, 4",
    "negative_view, 4",
    "identity, 4",
  })
  void run_outputThatIsAView_rowsInOrder(String name, int width) throws Exception {
    long[] outShape = name.equals("column") ? new long[] {-1} : new long[] {-1, 4};
    Signature signature =
        Samples.signature(Datatype.FP32, new long[] {-1, 4}, Datatype.FP32, outShape);
    try (LoadedModel model = Samples.load(engine, name, signature)) {
      float[] first = {1, 2, 3, 4};
      float[] others = {5, 6, 7, 8, 9, 10, 11, 12};
      List<List<Tensor>> calls =
          List.of(List.of(Samples.floats("x", 1, first)), List.of(Samples.floats("x", 2, others)));
      List<List<Tensor>> outputs = model.run(0, calls).outputs();
      assertArrayEquals(expected(name, width, first), Samples.floats(outputs.get(0).getFirst()));
      assertArrayEquals(expected(name, width, others), Samples.floats(outputs.get(1).getFirst()));
      List<Tensor> alone = model.run(0, calls.subList(1, 2)).outputs().getFirst();
      assertArrayEquals(expected(name, width, others), Samples.floats(alone.getFirst()));
      assertEquals(0, model.liveTensors());
    }
  }

  private static float[] expected(String name, int width, float[] values) {
    float[] expected = new float[values.length / 4 * width];
    for (int i = 0; i < expected.length; i++) {
      int row = i / width;
      expected[i] =
          switch (name) {
            case "column", "expanded" -> values[row * 4];
            case "negative_view" -> -values[i];
            default -> values[i];
          };
    }
    return expected;
  }

  @Test
  void run_rowsWithNothingInThem_empty() throws Exception {
    Signature signature =
        Samples.signature(Datatype.FP32, new long[] {-1, 4}, Datatype.FP32, -1, -1);
    try (LoadedModel model = Samples.load(engine, "empty_rows", signature)) {
      List<Tensor> call = List.of(Samples.floats("x", 1, 1, 2, 3, 4));
      List<List<Tensor>> outputs = model.run(0, List.of(call, call)).outputs();
      assertEquals(Shape.of(1, 0), outputs.get(1).getFirst().shape());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "to_bfloat16 | output `y`: declared FP32[-1,4], model gave an element type",
        "to_complex64 | output `y`: declared FP32[-1,4], model gave complex numbers",
        "to_complex128 | output `y`: declared FP32[-1,4], model gave an element type",
        "to_int16 | output `y`: declared FP32[-1,4], model gave an element type",
        "quantized_output | output `y`: declared FP32[-1,4], model gave an element type",
        "sparse_output | output `y`: declared FP32[-1,4], model gave a tensor that does not lie",
        "meta_output | output `y`: declared FP32[-1,4], model gave a tensor that does not lie",
        "scalar_output | output `y`: declared FP32[-1,4], model gave FP32[] for 1 row",
        "one_row | output `y`: declared FP32[-1,4], model gave FP32[1,4] for 8 rows",
        "wrong_width | output `y`: declared FP32[-1,4], model gave FP32[1,3] for 1 row",
        "list_output | 1 outputs are declared, the model gave 2",
        "nested_output | this one gave (Tensor, Tensor)",
        "int_key_dict | this one gave Dict(int, Tensor)",
        "nested_dict | this one gave Tensor[]",
        "int_output | this one gave int",
        "none_output | this one gave NoneType",
        "string_output | this one gave str",
        "dict_output | output `y` is declared, but the model's dict has no such key",
        "warms_badly | zeros are not welcome",
        "add_sub | the model failed",
      })
  void load_outputNotAsDeclared_refusedWithReason(String name, String reason) {
    ModelLoadException refusal =
        assertThrows(ModelLoadException.class, () -> Samples.load(engine, name, Samples.floats(4)));
    String message = String.valueOf(refusal.getMessage());
    assertTrue(message.contains(reason), message);
    assertTrue(message.length() < 500, message);
    assertFalse(message.contains("/"), message);
    assertFalse(message.contains("\n"), message);
  }

  @Test
  void load_wrongDatatypeDeclared_refusedWithBoth() {
    Signature signature =
        Samples.signature(Datatype.FP32, new long[] {-1, 4}, Datatype.FP64, -1, 4);
    ModelLoadException refusal =
        assertThrows(ModelLoadException.class, () -> Samples.load(engine, "identity", signature));
    assertEquals(
        "warm-up with 1 row of zeros failed: output `y`: declared FP64[-1,4], model gave FP32",
        refusal.getMessage());
  }

  @Test
  void load_variableDimensionTooSmallForTheModel_largerOnesAreTried() throws Exception {
    Signature signature =
        Samples.signature(Datatype.FP32, new long[] {-1, 3, -1, -1}, Datatype.FP32, -1, 1);
    Samples.load(engine, "large_only", signature).close();
    Signature fixed =
        Samples.signature(Datatype.FP32, new long[] {-1, 3, 16, 16}, Datatype.FP32, -1, 1);
    ModelLoadException refusal =
        assertThrows(ModelLoadException.class, () -> Samples.load(engine, "large_only", fixed));
    String message = String.valueOf(refusal.getMessage());
    assertTrue(message.contains("too small for (path)"), message);
  }

  @Test
  void load_noTorchScript_refusedAndTheProcessLives() throws Exception {
    Random random = new Random(7);
    byte[] whole = Samples.bytes("digits_cnn.pt");
    List<byte[]> broken = new ArrayList<>();
    broken.add(new byte[0]);
    broken.add(new byte[] {'P', 'K', 3, 4});
    broken.add(
        "hello, this is no model".repeat(1000).getBytes(java.nio.charset.StandardCharsets.UTF_8));
    for (int size : new int[] {1, 100, 100_000}) {
      byte[] noise = new byte[size];
      random.nextBytes(noise);
      broken.add(noise);
    }
    for (int i = 1; i < 10; i++) {
      broken.add(Arrays.copyOf(whole, whole.length * i / 10));
    }
    for (byte[] artifact : broken) {
      ModelLoadException refusal =
          assertThrows(
              ModelLoadException.class,
              () -> engine.load("broken", artifact, Samples.floats(4), Samples.settings(1)));
      String message = String.valueOf(refusal.getMessage());
      assertTrue(message.startsWith("the file is no TorchScript archive"), message);
      assertFalse(message.contains("/"), message);
    }
    Samples.load(engine, "identity", Samples.floats(4)).close();
  }

  @Test
  void load_inputLargerThanABuffer_refused() {
    Signature signature =
        Samples.signature(Datatype.FP64, new long[] {-1, 1L << 20, 1L << 20}, Datatype.FP64, -1, 1);
    ModelLoadException refusal =
        assertThrows(ModelLoadException.class, () -> Samples.load(engine, "identity", signature));
    assertTrue(String.valueOf(refusal.getMessage()).contains("2 GiB"), refusal.getMessage());
  }
}
