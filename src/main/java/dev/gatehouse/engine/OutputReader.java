package dev.gatehouse.engine;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.TensorSpec;
import java.util.List;
import java.util.Map;

/**
 * Finds the declared outputs in what a model returned and proves that they are as declared.
 *
 * <p>Takes a tensor, a tuple or list of tensors, or a dict from names to tensors; and a tuple or
 * list of one such thing. Nothing is asked of a tensor before its element type is known to be one
 * that the native layer can handle.
 *
 * <p>All tensors are attached to {@code arrays} and registered with the calling thread's scope,
 * which closes them.
 */
final class OutputReader {

  /** How many tuples or lists of one element may be wrapped around the outputs. */
  static final int WRAPPINGS_MAX = 4;

  private final List<TensorSpec> specs;
  private final PtNDManager arrays;

  OutputReader(List<TensorSpec> specs, PtNDManager arrays) {
    this.specs = specs;
    this.arrays = arrays;
  }

  /**
   * A checked output, on whatever device the model left it.
   *
   * @param shape with the rows of the whole batch
   */
  record Output(PtNDArray tensor, Shape shape) {}

  /** The outputs in signature order, checked. */
  Output[] read(IValue returned, int rows) throws ExecutionFailedException {
    PtNDArray[] found = collect(returned, 0);
    if (found.length != specs.size()) {
      throw new ExecutionFailedException(
          "%d outputs are declared, the model gave %d".formatted(specs.size(), found.length));
    }
    Output[] outputs = new Output[found.length];
    for (int i = 0; i < found.length; i++) {
      outputs[i] = new Output(found[i], check(specs.get(i), found[i], rows));
    }
    return outputs;
  }

  private PtNDArray[] collect(IValue value, int wrappings) throws ExecutionFailedException {
    if (value.isTensor()) {
      return new PtNDArray[] {value.toTensor(arrays)};
    }
    if (value.isTensorList()) {
      return value.toTensorArray(arrays);
    }
    if (value.isTuple()) {
      return elements(value.toIValueTuple(), wrappings);
    }
    if (value.isMap()) {
      return named(value);
    }
    if (value.isList()) {
      return elements(value.toIValueArray(), wrappings);
    }
    throw unsupported(value);
  }

  private PtNDArray[] elements(IValue[] values, int wrappings) throws ExecutionFailedException {
    try {
      if (values.length == 1 && !values[0].isTensor() && wrappings < WRAPPINGS_MAX) {
        return collect(values[0], wrappings + 1);
      }
      PtNDArray[] tensors = new PtNDArray[values.length];
      for (int i = 0; i < values.length; i++) {
        if (!values[i].isTensor()) {
          throw unsupported(values[i]);
        }
        tensors[i] = values[i].toTensor(arrays);
      }
      return tensors;
    } finally {
      for (IValue value : values) {
        value.close();
      }
    }
  }

  private PtNDArray[] named(IValue dict) throws ExecutionFailedException {
    // Asked first, because reading a key that is no string would lose the other handles.
    if (!dict.getType().startsWith("Dict(str, ")) {
      throw unsupported(dict);
    }
    Map<String, IValue> values = dict.toIValueMap();
    try {
      PtNDArray[] tensors = new PtNDArray[specs.size()];
      for (int i = 0; i < tensors.length; i++) {
        String name = specs.get(i).name();
        IValue value = values.get(name);
        if (value == null) {
          throw new ExecutionFailedException(
              "output `" + name + "` is declared, but the model's dict has no such key");
        }
        if (!value.isTensor()) {
          throw unsupported(value);
        }
        tensors[i] = value.toTensor(arrays);
      }
      return tensors;
    } finally {
      values.values().forEach(IValue::close);
    }
  }

  private static ExecutionFailedException unsupported(IValue value) {
    return new ExecutionFailedException(
        "a model returns a tensor, a tuple or list of tensors, or a dict of tensors by name;"
            + " this one gave "
            + ErrorText.of(value.getType()));
  }

  private static Shape check(TensorSpec spec, PtNDArray tensor, int rows)
      throws ExecutionFailedException {
    DataType type = tensor.getDataType();
    if (type != ElementTypes.of(spec.datatype())) {
      throw misfit(spec, ElementTypes.name(type));
    }
    Shape shape = shape(spec, tensor);
    if (shape.rank() == 0 || shape.dimension(0) != rows || !spec.shape().admits(shape)) {
      throw misfit(
          spec, spec.datatype() + text(shape) + " for " + rows + (rows == 1 ? " row" : " rows"));
    }
    if (!dense(tensor)) {
      throw misfit(spec, "a tensor that does not lie densely in memory of the device");
    }
    return shape;
  }

  private static Shape shape(TensorSpec spec, PtNDArray tensor) throws ExecutionFailedException {
    try {
      return Shape.of(tensor.getShape().getShape());
    } catch (EngineException | IllegalArgumentException e) {
      throw misfit(spec, "a tensor without a plain shape of at most 8 dimensions");
    }
  }

  /** Sparse tensors are none of ours, and those on the device "meta" have no memory at all. */
  private static boolean dense(PtNDArray tensor) {
    try {
      Device device = tensor.getDevice();
      return tensor.getSparseFormat() == SparseFormat.DENSE
          && (device.isGpu() || device.equals(Device.cpu()));
    } catch (EngineException | IllegalStateException | IllegalArgumentException e) {
      return false;
    }
  }

  private static ExecutionFailedException misfit(TensorSpec spec, String given) {
    return new ExecutionFailedException(
        "output `%s`: declared %s%s, model gave %s"
            .formatted(spec.name(), spec.datatype(), text(spec.shape()), given));
  }

  private static String text(Shape shape) {
    return shape.toString().replace(" ", "");
  }
}
