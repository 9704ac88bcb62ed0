package dev.gatehouse.abuse.watch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class TensorRowTest {

  /** Two rows of two numbers behind a byte that is not theirs, as a part of a message is. */
  private static Tensor tensor(Datatype type) {
    ByteBuffer data = ByteBuffer.allocate(1 + 4 * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    data.put((byte) 77);
    for (int i = 0; i < 4; i++) {
      switch (type) {
        case BOOL -> data.put((byte) (i % 2));
        case UINT8 -> data.put((byte) (252 + i));
        case INT8 -> data.put((byte) (i - 3));
        case INT32 -> data.putInt(i * -1_000_000);
        case INT64 -> data.putLong(i * 1_000_000_000_000L);
        case FP16 -> data.putShort(Float.floatToFloat16(i - 0.5f));
        case FP32 -> data.putFloat(i + 0.25f);
        case FP64 -> data.putDouble(i + 0.125);
      }
    }
    return new Tensor("x", type, Shape.of(2, 1, 2), data.flip().position(1));
  }

  @ParameterizedTest
  @EnumSource(Datatype.class)
  void read_ofEveryDatatype_isItsNumbers(Datatype type) {
    float[] expected =
        switch (type) {
          case BOOL -> new float[] {0, 1};
          case UINT8 -> new float[] {254, 255};
          case INT8 -> new float[] {-1, 0};
          case INT32 -> new float[] {-2_000_000, -3_000_000};
          case INT64 -> new float[] {2e12f, 3e12f};
          case FP16 -> new float[] {1.5f, 2.5f};
          case FP32 -> new float[] {2.25f, 3.25f};
          case FP64 -> new float[] {2.125f, 3.125f};
        };
    TensorRow row = new TensorRow();
    Tensor tensor = tensor(type);
    row.read(tensor, 0);
    row.read(tensor, 1);

    assertEquals(2, TensorRow.width(tensor));
    assertArrayEquals(expected, Arrays.copyOf(row.numbers(), row.length()));
    assertEquals(1, tensor.data().position());
  }

  @Test
  void read_ofAWideRow_takesOneOfEverySoMany() {
    int width = 3 * TensorRow.NUMBERS_MAX - 1;
    byte[] bytes = new byte[2 * width];
    for (int i = 0; i < width; i++) {
      bytes[width + i] = (byte) (i % 3 == 0 ? 5 : 1);
    }
    Tensor tensor = new Tensor("x", Datatype.UINT8, Shape.of(2, width), ByteBuffer.wrap(bytes));
    TensorRow row = new TensorRow();
    row.read(tensor, 1);

    assertEquals(TensorRow.NUMBERS_MAX - 1, row.length());
    for (int i = 0; i < row.length(); i++) {
      assertEquals(5, row.numbers()[i]);
    }
  }

  @Test
  void width_withoutRowsOrFeatures_isZero() {
    assertEquals(0, TensorRow.width(empty(0, 5)));
    assertEquals(0, TensorRow.width(empty(5, 0)));
    assertEquals(
        1, TensorRow.width(new Tensor("x", Datatype.INT8, Shape.of(3), ByteBuffer.allocate(3))));
  }

  private static Tensor empty(long rows, long columns) {
    return new Tensor("x", Datatype.FP32, Shape.of(rows, columns), ByteBuffer.allocate(0));
  }

  @Test
  void answeredRows_ofSeveralTensors_takesNumbersAndScores() {
    Tensor mask = tensor(Datatype.BOOL);
    Tensor numbers = tensor(Datatype.INT32);
    Tensor deep = tensor(Datatype.FP32);
    Tensor one = new Tensor("y", Datatype.FP32, Shape.of(2, 1), ByteBuffer.allocate(8));
    Tensor scores = new Tensor("y", Datatype.FP16, Shape.of(2, 2), ByteBuffer.allocate(8));

    AnsweredRows rows = of(List.of(mask, numbers), List.of(numbers, deep, one, scores));
    assertSame(numbers, rows.input());
    assertSame(scores, rows.scores());
    assertEquals(17 + 8, rows.bytes());
    AnsweredRows bare = of(List.of(mask), List.of(deep, one));
    assertSame(mask, bare.input());
    assertNull(bare.scores());
  }

  private static AnsweredRows of(List<Tensor> inputs, List<Tensor> outputs) {
    return AnsweredRows.of(WatchScript.ANNA, WatchScript.MODEL, inputs, outputs);
  }
}
