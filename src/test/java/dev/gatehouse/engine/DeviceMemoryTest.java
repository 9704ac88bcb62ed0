package dev.gatehouse.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Tensor;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory that ran out is told apart from a model that failed, and the instance lives on. */
class DeviceMemoryTest {

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
  void run_moreThanTheMachineHas_toldApartAndUsableAfter() throws Exception {
    List<Tensor> call = List.of(Samples.floats("x", 1, 3));
    try (LoadedModel model = Samples.load(engine, "greedy", Samples.floats(1))) {
      for (int round = 0; round < 3; round++) {
        DeviceMemoryException failure =
            assertThrows(
                DeviceMemoryException.class, () -> model.run(0, Collections.nCopies(5, call)));
        String message = String.valueOf(failure.getMessage());
        assertTrue(message.startsWith("no memory left on cpu: "), message);
        assertFalse(message.contains("/"), message);
        List<List<Tensor>> outputs = model.run(0, Collections.nCopies(4, call)).outputs();
        assertArrayEquals(new float[] {3}, Samples.floats(outputs.get(3).getFirst()));
      }
      assertEquals(0, model.liveTensors());
      assertEquals(1, model.usableInstances());
    }
  }

  @Test
  void run_modelRaisesWhatSoundsLikeIt_modelFailed() throws Exception {
    try (LoadedModel model = Samples.load(engine, "pretends_no_memory", Samples.floats(1))) {
      assertThrows(
          ExecutionFailedException.class,
          () -> model.run(0, List.of(List.of(Samples.floats("x", 1, 1)))));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 8.00 GiB",
        "CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported",
        "The following operation failed in the TorchScript interpreter.\n"
            + "Traceback of TorchScript, serialized code (most recent call last):\n"
            + "  File \"code/__torch__.py\", line 7, in forward\n"
            + "RuntimeError: CUDA out of memory. Tried to allocate 20.00 MiB.",
        "Traceback\nRuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling"
            + " `cublasCreate(handle)`",
        "RuntimeError: cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "[enforce fail at alloc_cpu.cpp:83] err == 0. DefaultCPUAllocator: can't allocate memory:"
            + " you tried to allocate 1 bytes.",
        "RuntimeError: [enforce fail at alloc_cpu.cpp:74] . DefaultCPUAllocator: not enough"
            + " memory: you tried to allocate 1 bytes.",
        "std::bad_alloc",
      })
  void is_textOfAnAllocator_recognised(String message) {
    assertTrue(MemoryErrors.is(message));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "builtins.RuntimeError: CUDA out of memory. ",
        "the model says CUDA out of memory. ",
        "RuntimeError: x CUDA out of memory. ",
        "CUDA error: an illegal memory access was encountered",
        "RuntimeError: [enforce fail at inline_container.cc:209] . file not found: x",
        "RuntimeError: mat1 and mat2 shapes cannot be multiplied",
      })
  void is_anythingElse_not(String message) {
    assertFalse(MemoryErrors.is(message));
    assertFalse(MemoryErrors.is(null));
  }
}
