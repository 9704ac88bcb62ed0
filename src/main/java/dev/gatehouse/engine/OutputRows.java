package dev.gatehouse.engine;

import ai.djl.Device;
import ai.djl.pytorch.engine.PtNDArray;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.TensorSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The outputs of one execution as they lie in host memory, to be copied out call by call.
 *
 * <p>They are views of native memory, which ends with the scope of the execution.
 */
final class OutputRows {

  private final List<TensorSpec> specs;
  private final Shape[] shapes;
  private final ByteBuffer[] results;
  private final int[] rowBytes;

  private OutputRows(List<TensorSpec> specs) {
    this.specs = specs;
    this.shapes = new Shape[specs.size()];
    this.results = new ByteBuffer[specs.size()];
    this.rowBytes = new int[specs.size()];
  }

  /** Brings checked outputs to the host, dense and in row order. */
  static OutputRows onHost(List<TensorSpec> specs, OutputReader.Output[] outputs, Batch batch) {
    OutputRows rows = new OutputRows(specs);
    for (int i = 0; i < outputs.length; i++) {
      rows.shapes[i] = outputs[i].shape();
      rows.results[i] = onHost(outputs[i].tensor());
      rows.rowBytes[i] = rows.results[i].remaining() / batch.size();
    }
    return rows;
  }

  private static ByteBuffer onHost(PtNDArray output) {
    if (output.size() == 0) {
      return ByteBuffer.allocate(0);
    }
    PtNDArray onHost = output.getDevice().isGpu() ? output.toDevice(Device.cpu(), false) : output;
    return onHost.toByteBuffer(true);
  }

  /** Copies the rows of each call into buffers of its own; those of the padding stay behind. */
  List<List<Tensor>> scatter(Batch batch) {
    int[] callRows = batch.callRows();
    List<List<Tensor>> scattered = new ArrayList<>(callRows.length);
    Shape[] own = shapes.clone();
    int from = 0;
    for (int rows : callRows) {
      Tensor[] tensors = new Tensor[own.length];
      for (int i = 0; i < tensors.length; i++) {
        if (own[i].dimension(0) != rows) {
          own[i] = own[i].withRows(rows);
        }
        tensors[i] = copy(i, from, rows, own[i]);
      }
      from += rows;
      scattered.add(List.of(tensors));
    }
    return scattered;
  }

  private Tensor copy(int output, int from, int rows, Shape shape) {
    byte[] bytes = new byte[rows * rowBytes[output]];
    results[output].get(from * rowBytes[output], bytes);
    ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    TensorSpec spec = specs.get(output);
    return new Tensor(spec.name(), spec.datatype(), shape, data);
  }

  /** The calls whose outputs hold a NaN or an infinity. */
  static BitSet nonFinite(List<List<Tensor>> calls) {
    BitSet found = new BitSet();
    for (int c = 0; c < calls.size(); c++) {
      for (Tensor tensor : calls.get(c)) {
        if (!FiniteValues.all(tensor.datatype(), tensor.data().array())) {
          found.set(c);
          break;
        }
      }
    }
    return found;
  }
}
