package dev.gatehouse.engine;

import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.TensorSpec;
import java.util.List;

/**
 * Several calls that fit the signature and each other, about to run as one.
 *
 * @param calls for each call its inputs in signature order
 * @param callRows for each call its rows
 * @param shapes for each input its shape over all calls and the padding
 * @param rows the rows of all calls
 * @param paddedRows the rows to add, so that the batch has a size which is allowed
 */
record Batch(
    List<List<Tensor>> calls, int[] callRows, List<Shape> shapes, int rows, int paddedRows) {

  /**
   * Checks everything on which memory safety rests, so that no caller is relied upon.
   *
   * @param allowed the sizes a batch may have, ascending, the last one {@code rowsMax}; or none
   * @throws IllegalArgumentException if a tensor does not fit, or there are no rows or too many
   */
  static Batch of(Signature signature, List<List<Tensor>> calls, int rowsMax, int[] allowed) {
    if (calls.isEmpty()) {
      throw new IllegalArgumentException("a batch has at least one call");
    }
    List<TensorSpec> specs = signature.inputs();
    int[] callRows = new int[calls.size()];
    long rows = 0;
    for (int c = 0; c < callRows.length; c++) {
      long more = rowsOf(specs, calls.get(c));
      rows += more;
      if (more > rowsMax || rows > rowsMax) {
        throw new IllegalArgumentException("a batch has at most " + rowsMax + " rows");
      }
      callRows[c] = (int) more;
    }
    int size = size((int) rows, allowed);
    Shape[] shapes = new Shape[specs.size()];
    for (int i = 0; i < shapes.length; i++) {
      shapes[i] = common(calls, i, size);
    }
    return new Batch(calls, callRows, List.of(shapes), (int) rows, size - (int) rows);
  }

  /** The rows that run: those of the calls and the padding. */
  int size() {
    return rows + paddedRows;
  }

  private static int size(int rows, int[] allowed) {
    for (int size : allowed) {
      if (size >= rows) {
        return size;
      }
    }
    return rows;
  }

  private static long rowsOf(List<TensorSpec> specs, List<Tensor> call) {
    if (call.size() != specs.size()) {
      throw new IllegalArgumentException("a call has one tensor for each input");
    }
    long rows = call.getFirst().rows();
    for (int i = 0; i < specs.size(); i++) {
      Tensor tensor = call.get(i);
      TensorSpec spec = specs.get(i);
      if (tensor.datatype() != spec.datatype() || !spec.shape().admits(tensor.shape())) {
        throw new IllegalArgumentException("input " + spec.name() + " does not fit its signature");
      }
      if (tensor.rows() != rows || rows < 1) {
        throw new IllegalArgumentException("the inputs of a call have equally many rows");
      }
    }
    return rows;
  }

  private static Shape common(List<List<Tensor>> calls, int input, int size) {
    Shape first = calls.getFirst().get(input).shape();
    for (int c = 1; c < calls.size(); c++) {
      Shape other = calls.get(c).get(input).shape();
      for (int d = 1; d < first.rank(); d++) {
        if (first.dimension(d) != other.dimension(d)) {
          throw new IllegalArgumentException("the rows of a batch have one shape");
        }
      }
    }
    return first.dimension(0) == size ? first : first.withRows(size);
  }
}
