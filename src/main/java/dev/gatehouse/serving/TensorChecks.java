package dev.gatehouse.serving;

import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.TensorSpec;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Holds offered tensors against a signature before any native code sees them: names, datatypes,
 * ranks, dimensions, overflow and byte counts, in this order.
 */
final class TensorChecks {

  private TensorChecks() {}

  /**
   * The inputs in the signature's order.
   *
   * @throws RefusedException with {@code TensorInvalid}, naming the first thing that is wrong
   */
  static List<Tensor> inputs(Signature signature, List<OfferedTensor> offered, int rowsMax) {
    List<TensorSpec> specs = signature.inputs();
    if (offered.size() > specs.size()) {
      throw refused("inputs", "more inputs than the model has");
    }
    @Nullable Tensor[] found = new @Nullable Tensor[specs.size()];
    long rows = -1;
    for (int i = 0; i < offered.size(); i++) {
      OfferedTensor tensor = offered.get(i);
      int position = position(specs, tensor.name());
      if (position < 0) {
        throw refused(field(i, ".name"), "the model has no input of this name");
      }
      if (found[position] != null) {
        throw refused(field(i, ".name"), "this input is there twice");
      }
      Tensor checked = input(specs.get(position), tensor, i);
      if (rows >= 0 && checked.rows() != rows) {
        throw refused(field(i, ".shape"), "all inputs have the same number of rows");
      }
      rows = checked.rows();
      if (rows > rowsMax) {
        throw refused(field(i, ".shape"), "at most " + rowsMax + " rows in one call");
      }
      found[position] = checked;
    }
    return complete(specs, found);
  }

  private static List<Tensor> complete(List<TensorSpec> specs, @Nullable Tensor[] found) {
    Tensor[] inputs = new Tensor[found.length];
    for (int i = 0; i < found.length; i++) {
      Tensor tensor = found[i];
      if (tensor == null) {
        throw refused("inputs", "input " + specs.get(i).name() + " is missing");
      }
      inputs[i] = tensor;
    }
    return Arrays.asList(inputs);
  }

  private static int position(List<TensorSpec> specs, String name) {
    for (int i = 0; i < specs.size(); i++) {
      if (specs.get(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }

  private static Tensor input(TensorSpec spec, OfferedTensor offered, int index) {
    Datatype datatype = spec.datatype();
    if (!datatype.name().equals(offered.datatype())) {
      throw refused(
          field(index, ".datatype"),
          Datatype.named(offered.datatype()).isEmpty()
              ? "this datatype is not taken"
              : "the model takes " + datatype);
    }
    Shape shape = shape(offered.shape(), index);
    if (!spec.shape().admits(shape)) {
      throw refused(field(index, ".shape"), "the model takes " + spec.shape());
    }
    long byteCount = byteCount(shape, datatype, index);
    long offeredBytes = offered.elements().byteCount(datatype);
    if (offeredBytes == Elements.UNFIT) {
      throw refused(field(index, ".contents"), "not in the form which " + datatype + " travels in");
    }
    if (offeredBytes != byteCount) {
      throw refused(
          field(index, ""),
          "shape and datatype make " + byteCount + " bytes, but there are " + offeredBytes);
    }
    ByteBuffer bytes = offered.elements().bytes(datatype, index);
    if (datatype == Datatype.BOOL) {
      requireTruthValues(bytes, index);
    }
    return new Tensor(spec.name(), datatype, shape, bytes);
  }

  private static Shape shape(List<Long> dimensions, int index) {
    if (dimensions.isEmpty() || dimensions.size() > Shape.RANK_MAX) {
      throw refused(field(index, ".shape"), "1 to " + Shape.RANK_MAX + " dimensions");
    }
    long[] values = new long[dimensions.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = dimensions.get(i);
      if (values[i] < 1) {
        throw refused(field(index, ".shape"), "every dimension is at least 1");
      }
    }
    return Shape.of(values);
  }

  private static long byteCount(Shape shape, Datatype datatype, int index) {
    try {
      return Math.multiplyExact(shape.elements(), (long) datatype.bytes());
    } catch (ArithmeticException e) {
      throw refused(field(index, ".shape"), "the product of the dimensions is too large");
    }
  }

  /** A byte that is neither 0 nor 1 is no bool to compiled code, which may do anything with it. */
  private static void requireTruthValues(ByteBuffer bytes, int index) {
    for (int i = bytes.position(); i < bytes.limit(); i++) {
      if ((bytes.get(i) & ~1) != 0) {
        throw refused(field(index, ""), "a BOOL is 0 or 1");
      }
    }
  }

  /**
   * The positions of the wanted outputs in the signature, in the order wanted.
   *
   * @throws RefusedException with {@code TensorInvalid} for an unknown or repeated name
   */
  static int[] outputs(Signature signature, List<String> wanted) {
    List<TensorSpec> specs = signature.outputs();
    if (wanted.size() > specs.size()) {
      throw refused("outputs", "more outputs than the model has");
    }
    int[] positions = new int[wanted.size()];
    for (int i = 0; i < positions.length; i++) {
      int position = position(specs, wanted.get(i));
      if (position < 0) {
        throw refused("outputs[" + i + "].name", "the model has no output of this name");
      }
      for (int j = 0; j < i; j++) {
        if (positions[j] == position) {
          throw refused("outputs[" + i + "].name", "this output is there twice");
        }
      }
      positions[i] = position;
    }
    return positions;
  }

  /** The bytes of their elements. */
  static long bytes(List<Tensor> tensors) {
    long bytes = 0;
    for (Tensor tensor : tensors) {
      bytes += tensor.data().remaining();
    }
    return bytes;
  }

  /** The path of a part of an input; made for refusals only. */
  private static String field(int index, String part) {
    return "inputs[" + index + "]" + part;
  }

  private static RefusedException refused(String field, String description) {
    return new RefusedException(new Refusal.TensorInvalid(field, description));
  }
}
