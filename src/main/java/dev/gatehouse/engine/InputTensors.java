package dev.gatehouse.engine;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tensors that a model is given: views of the batch buffers, kept for the shapes that ran
 * lately, because making one costs more than a small model's execution.
 *
 * <p>On a GPU nothing is kept, since each execution needs a copy on the device anyway.
 *
 * <p>A model may change the tensor itself and not only its elements: its shape, or which memory it
 * is a view of. The next batch would then run on something else. So each tensor is looked at when
 * it comes back, and kept only if it still is what it was.
 */
final class InputTensors implements AutoCloseable {

  /** The most combinations of shapes for which tensors are kept. */
  static final int SHAPES_MAX = 64;

  private final List<TensorSpec> specs;
  private final Device device;
  private final PtNDManager arrays;
  private final LinkedHashMap<List<Shape>, Given> kept = new LinkedHashMap<>(16, 0.75f, true);
  private final ByteBuffer[] memory;

  /** The one that ran last, which usually is the next. */
  private @Nullable Given latest;

  InputTensors(List<TensorSpec> specs, Device device) {
    this.specs = specs;
    this.device = device;
    this.arrays = LibTorch.manager(Device.cpu());
    this.memory = new ByteBuffer[specs.size()];
  }

  /** What one execution is given, in signature order. */
  static final class Given {

    private final List<Shape> shapes;
    private final PtNDArray[] tensors;
    private final IValue[] values;

    private Given(List<Shape> shapes) {
      this.shapes = shapes;
      this.tensors = new PtNDArray[shapes.size()];
      this.values = new IValue[shapes.size()];
    }

    IValue[] values() {
      return values;
    }

    private void close() {
      for (int i = 0; i < values.length; i++) {
        if (values[i] != null) {
          values[i].close();
        }
        if (tensors[i] != null) {
          tensors[i].close();
        }
      }
    }
  }

  /**
   * Tensors of these shapes over that memory, to be given back.
   *
   * @param gathered for each input its memory, which must stay where it is until {@link #close}
   */
  Given over(ByteBuffer[] gathered, List<Shape> shapes) {
    for (int i = 0; i < memory.length; i++) {
      if (memory[i] != gathered[i]) {
        clear();
        memory[i] = gathered[i];
      }
    }
    Given last = latest;
    if (last != null && last.shapes.equals(shapes)) {
      return last;
    }
    Given known = kept.get(shapes);
    return known == null ? make(shapes) : known;
  }

  private Given make(List<Shape> shapes) {
    Given given = new Given(shapes);
    boolean made = false;
    try {
      for (int i = 0; i < memory.length; i++) {
        given.tensors[i] = tensor(i, shapes.get(i));
        given.values[i] = IValue.from(given.tensors[i]);
      }
      made = true;
      return given;
    } finally {
      if (!made) {
        given.close();
      }
    }
  }

  private PtNDArray tensor(int input, Shape shape) {
    PtNDArray tensor =
        JniUtils.createNdFromByteBuffer(
            arrays,
            memory[input],
            new ai.djl.ndarray.types.Shape(shape.toArray()),
            type(input),
            SparseFormat.DENSE,
            device);
    // It outlives the scope of this execution.
    NDScope.unregister(tensor);
    return tensor;
  }

  /** Keeps the tensors for the next batch of their shapes, or closes them. */
  void giveBack(Given given) {
    if (device.isGpu() || !unchanged(given)) {
      forget(given);
      return;
    }
    if (given != latest) {
      latest = given;
      kept.put(given.shapes, given);
      if (kept.size() > SHAPES_MAX) {
        forget(kept.firstEntry().getValue());
      }
    }
  }

  private boolean unchanged(Given given) {
    try {
      for (int i = 0; i < memory.length; i++) {
        if (!unchanged(given.tensors[i], i, given.shapes.get(i))) {
          return false;
        }
      }
      return true;
    } catch (EngineException | IllegalStateException | IllegalArgumentException e) {
      return false; // it cannot even say what it is
    }
  }

  private boolean unchanged(PtNDArray tensor, int input, Shape shape) {
    // The tensor's own getters remember what it was at first: ask libtorch. One that is not
    // contiguous any more gives the address of a copy, which the scope of this execution closes;
    // one without elements gives none.
    return JniUtils.getDataType(tensor) == type(input)
        && !JniUtils.requiresGrad(tensor)
        && sameDimensions(JniUtils.getShape(tensor), shape)
        && shape.elements() > 0
        && address(tensor.toByteBuffer(true)) == address(memory[input]);
  }

  private static boolean sameDimensions(ai.djl.ndarray.types.Shape actual, Shape expected) {
    if (actual.dimension() != expected.rank()) {
      return false;
    }
    for (int d = 0; d < expected.rank(); d++) {
      if (actual.get(d) != expected.dimension(d)) {
        return false;
      }
    }
    return true;
  }

  private static long address(ByteBuffer buffer) {
    return MemorySegment.ofBuffer(buffer).address();
  }

  private DataType type(int input) {
    return ElementTypes.of(specs.get(input).datatype());
  }

  private void forget(Given given) {
    kept.remove(given.shapes, given);
    if (given == latest) {
      latest = null;
    }
    given.close();
  }

  private void clear() {
    latest = null;
    kept.values().forEach(Given::close);
    kept.clear();
  }

  /** For how many combinations of shapes tensors are kept. */
  int size() {
    return kept.size();
  }

  /** The native tensors behind them. */
  int tensors() {
    return arrays.isOpen() ? arrays.getManagedArrays().size() : 0;
  }

  @Override
  public void close() {
    clear();
    arrays.close();
  }
}
