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
 * @param shapes for each input its shape over all calls
 * @param rows the rows of all calls
 */
record Batch(List<List<Tensor>> calls, Shape[] shapes, int rows) {

  /**
   * Checks everything on which memory safety rests, so that no caller is relied upon.
   *
   * @throws IllegalArgumentException if a tensor does not fit, or there are no rows or too many
   */
  static Batch of(Signature signature, List<List<Tensor>> calls, int rowsMax) {
    if (calls.isEmpty()) {
      throw new IllegalArgumentException("a batch has at least one call");
    }
    List<TensorSpec> specs = signature.inputs();
    long rows = 0;
    for (List<Tensor> call : calls) {
      rows += rowsOf(specs, call);
    }
    if (rows > rowsMax) {
      throw new IllegalArgumentException("a batch has at most " + rowsMax + " rows");
    }
    Shape[] shapes = new Shape[specs.size()];
    for (int i = 0; i < shapes.length; i++) {
      shapes[i] = common(calls, i, rows);
    }
    return new Batch(calls, shapes, (int) rows);
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

  private static Shape common(List<List<Tensor>> calls, int input, long rows) {
    Shape first = calls.getFirst().get(input).shape();
    for (int c = 1; c < calls.size(); c++) {
      Shape other = calls.get(c).get(input).shape();
      for (int d = 1; d < first.rank(); d++) {
        if (first.dimension(d) != other.dimension(d)) {
          throw new IllegalArgumentException("the rows of a batch have one shape");
        }
      }
    }
    return first.dimension(0) == rows ? first : first.withRows(rows);
  }
}
