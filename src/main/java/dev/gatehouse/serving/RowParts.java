package dev.gatehouse.serving;

import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.scheduling.PayloadParts;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts calls that are larger than a batch by their rows, and puts their outputs together again.
 *
 * <p>A part of an input is a view of it; the outputs are copied once.
 */
final class RowParts implements PayloadParts<List<Tensor>, Outputs> {

  @Override
  public List<Tensor> part(List<Tensor> inputs, int firstRow, int rows) {
    List<Tensor> part = new ArrayList<>(inputs.size());
    for (Tensor input : inputs) {
      ByteBuffer data = input.data();
      int rowBytes = data.remaining() / (int) input.rows();
      ByteBuffer view = data.slice(data.position() + firstRow * rowBytes, rows * rowBytes);
      part.add(tensor(input, rows, view));
    }
    return part;
  }

  @Override
  public Outputs join(List<Outputs> parts) {
    List<Tensor> first = parts.getFirst().tensors();
    List<Tensor> joined = new ArrayList<>(first.size());
    for (int i = 0; i < first.size(); i++) {
      joined.add(join(parts, i));
    }
    return new Outputs(joined, parts.stream().anyMatch(Outputs::refused));
  }

  private static Tensor join(List<Outputs> parts, int output) {
    long rows = 0;
    long bytes = 0;
    Shape trailing = parts.getFirst().tensors().get(output).shape().trailing();
    for (Outputs part : parts) {
      Tensor tensor = part.tensors().get(output);
      if (!tensor.shape().trailing().equals(trailing)) {
        throw new IllegalStateException("the parts of a call gave rows of different shapes");
      }
      rows += tensor.rows();
      bytes += tensor.data().remaining();
    }
    ByteBuffer data = ByteBuffer.allocate(Math.toIntExact(bytes));
    for (Outputs part : parts) {
      data.put(part.tensors().get(output).bytes());
    }
    return tensor(parts.getFirst().tensors().get(output), rows, data.flip());
  }

  private static Tensor tensor(Tensor like, long rows, ByteBuffer data) {
    return new Tensor(
        like.name(),
        like.datatype(),
        like.shape().withRows(rows),
        data.order(ByteOrder.LITTLE_ENDIAN));
  }
}
