package dev.gatehouse.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatehouse.core.Signature;
import dev.gatehouse.core.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tensors over the batch buffers are kept, within a bound, and never once they changed. */
class InputTensorsTest {

  private static final long SEED = 20_261_121;

  @SuppressWarnings("NullAway.Init") // set before any test
  private static TorchEngine engine;

  private int echoes;

  @BeforeAll
  static void start() {
    engine = Samples.engine();
  }

  @AfterAll
  static void stop() {
    engine.close();
  }

  @Test
  void run_shapesInTurn_keptOnceEachWithinTheBound() throws Exception {
    Random random = new Random(SEED);
    try (LoadedModel model = Samples.load(engine, "identity", Samples.floats(-1))) {
      // Large enough for all that follow, so that the memory stays where it is.
      echo(model, 1, 4096);
      int kept = model.inputs(0).size();
      for (int width = 1; width <= 20; width++) {
        echo(model, 2, width);
        echo(model, 2, width);
      }
      assertEquals(kept + 20, model.inputs(0).size());
      for (int i = 0; i < 500; i++) {
        echo(model, 1 + random.nextInt(8), 1 + random.nextInt(100));
        assertEquals(model.inputs(0).size(), model.inputs(0).tensors());
        assertEquals(0, model.liveTensors());
      }
      assertEquals(InputTensors.SHAPES_MAX, model.inputs(0).size());
    }
  }

  @Test
  void run_batchOutgrowsTheMemory_nothingOldIsRead() throws Exception {
    try (LoadedModel model = Samples.load(engine, "identity", Samples.floats(-1))) {
      for (int width = 1; width <= 1 << 16; width *= 4) {
        echo(model, 1, 3);
        echo(model, 2, width);
        echo(model, 1, 3);
      }
    }
  }

  private void echo(LoadedModel model, int rows, int width) throws Exception {
    echoes++; // so that what an earlier batch left is told from this one
    float[] values = new float[rows * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = i + echoes;
    }
    Tensor x = Samples.floats("x", rows, values);
    Tensor y = model.run(0, List.of(List.of(x))).outputs().getFirst().getFirst();
    assertArrayEquals(values, Samples.floats(y));
  }

  /** What a model does to the tensor itself must not meet the next batch. */
  @ParameterizedTest
  @CsvSource({"reshaping, 2", "transposing, 2", "rebinding, 2", "identity, 1"})
  void run_modelChangesTheTensorItself_nextBatchUnharmed(String name, float factor)
      throws Exception {
    try (LoadedModel model = Samples.load(engine, name, Samples.floats(2))) {
      for (int round = 0; round < 5; round++) {
        for (int rows : new int[] {2, 1, 2, 3}) {
          List<float[]> given = new ArrayList<>();
          List<List<Tensor>> calls = new ArrayList<>();
          for (int row = 0; row < rows; row++) {
            float[] values = {round * 10 + row, -row};
            given.add(values);
            calls.add(List.of(Samples.floats("x", 1, values)));
          }
          List<List<Tensor>> outputs = model.run(0, calls).outputs();
          for (int row = 0; row < rows; row++) {
            float[] expected = {given.get(row)[0] * factor, given.get(row)[1] * factor};
            assertArrayEquals(expected, Samples.floats(outputs.get(row).getFirst()));
          }
          assertEquals(0, model.liveTensors());
          assertEquals(model.inputs(0).size(), model.inputs(0).tensors());
        }
      }
      assertEquals(name.equals("identity"), model.inputs(0).size() > 0);
    }
  }

  @Test
  void run_modelFails_tensorsKeptAndNoneLeaked() throws Exception {
    try (LoadedModel model = Samples.load(engine, "picky", Samples.floats(3))) {
      int kept = model.inputs(0).size();
      for (int i = 0; i < 100; i++) {
        assertThrows(
            ExecutionFailedException.class,
            () -> model.run(0, List.of(List.of(Samples.floats("x", 1, -1, 2, 3)))));
      }
      assertEquals(kept, model.inputs(0).size());
      assertEquals(kept, model.inputs(0).tensors());
      assertEquals(0, model.liveTensors());
    }
  }

  @Test
  void run_modelKeepsItsInput_readsItAtTheNextBatch() throws Exception {
    try (LoadedModel model = Samples.load(engine, "remembering", Samples.floats(1))) {
      run(model, 5);
      // What it kept is the batch's memory, which holds the present batch by now.
      assertArrayEquals(new float[] {14}, run(model, 7));
      assertArrayEquals(new float[] {4}, run(model, 2));
    }
  }

  @Test
  void run_modelWritesIntoItsInput_nextBatchUnharmed() throws Exception {
    try (LoadedModel model = Samples.load(engine, "in_place", Samples.floats(1))) {
      for (int i = 0; i < 5; i++) {
        assertArrayEquals(new float[] {i + 1}, run(model, i));
      }
    }
  }

  @Test
  void close_tensorsKept_allReleased() throws Exception {
    Signature signature = Samples.floats(-1);
    LoadedModel model = Samples.load(engine, "remembering", signature);
    for (int width = 1; width < 10; width++) {
      model.run(0, List.of(List.of(Samples.floats("x", 1, new float[width]))));
    }
    InputTensors inputs = model.inputs(0);
    model.close();
    assertEquals(0, inputs.size());
    assertEquals(0, inputs.tensors());
  }

  private static float[] run(LoadedModel model, float value) throws Exception {
    List<List<Tensor>> calls = List.of(List.of(Samples.floats("x", 1, value)));
    return Samples.floats(model.run(0, calls).outputs().getFirst().getFirst());
  }
}
