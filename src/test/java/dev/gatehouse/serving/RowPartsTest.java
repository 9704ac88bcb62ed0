package dev.gatehouse.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Tensor;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class RowPartsTest {

  private final RowParts parts = new RowParts();

  private static Tensor bytes(String name, long rows, long width, int... values) {
    ByteBuffer data = ByteBuffer.allocate(values.length + 2).position(1);
    for (int value : values) {
      data.put((byte) value);
    }
    return new Tensor(name, Datatype.UINT8, Shape.of(rows, width), data.flip().position(1));
  }

  private static byte[] contents(Tensor tensor) {
    byte[] bytes = new byte[tensor.data().remaining()];
    tensor.bytes().get(bytes);
    return bytes;
  }

  @Test
  void part_ofSeveralInputs_holdsItsRowsOfEach() {
    List<Tensor> inputs = List.of(bytes("a", 3, 2, 1, 2, 3, 4, 5, 6), bytes("b", 3, 1, 7, 8, 9));
    List<Tensor> part = parts.part(inputs, 1, 2);
    assertArrayEquals(new byte[] {3, 4, 5, 6}, contents(part.get(0)));
    assertArrayEquals(new byte[] {8, 9}, contents(part.get(1)));
    assertEquals(Shape.of(2, 2), part.get(0).shape());
    assertEquals("b", part.get(1).name());
    assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 6}, contents(inputs.get(0)));
  }

  @Test
  void join_ofParts_hasAllRowsInOrder() {
    Outputs joined =
        parts.join(
            List.of(
                new Outputs(List.of(bytes("y", 2, 2, 1, 2, 3, 4)), false),
                new Outputs(List.of(bytes("y", 1, 2, 5, 6)), false)));
    assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 6}, contents(joined.tensors().getFirst()));
    assertEquals(Shape.of(3, 2), joined.tensors().getFirst().shape());
    assertFalse(joined.refused());
  }

  @Test
  void join_onePartRefused_isRefused() {
    assertTrue(
        parts
            .join(
                List.of(
                    new Outputs(List.of(bytes("y", 1, 1, 1)), false),
                    new Outputs(List.of(bytes("y", 1, 1, 2)), true)))
            .refused());
  }

  @Test
  void join_partsOfDifferentWidths_fails() {
    List<Outputs> unlike =
        List.of(
            new Outputs(List.of(bytes("y", 1, 1, 1)), false),
            new Outputs(List.of(bytes("y", 1, 2, 1, 2)), false));
    assertThrows(IllegalStateException.class, () -> parts.join(unlike));
  }
}
