package dev.gatehouse.abuse.watch;

import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Tensor;
import java.nio.ByteBuffer;

/**
 * One row of a tensor as numbers, whatever its datatype. Of a row wider than {@link #NUMBERS_MAX}
 * one of every so many numbers is taken. Used again for each row; at most 4 MiB. One thread.
 */
final class TensorRow {

  /** Numbers of a row that are taken. */
  static final int NUMBERS_MAX = 1 << 20;

  private static final int NUMBERS_FIRST = 256;

  private float[] numbers = new float[NUMBERS_FIRST];
  private int length;

  /** Whether the elements are numbers rather than truth values. */
  static boolean isNumber(Datatype type) {
    return type != Datatype.BOOL;
  }

  static boolean isFloating(Datatype type) {
    return switch (type) {
      case FP16, FP32, FP64 -> true;
      case BOOL, UINT8, INT8, INT32, INT64 -> false;
    };
  }

  /** How many numbers {@link #read} takes of each row; 0 if rows are empty. */
  static int width(Tensor tensor) {
    long rows = tensor.rows();
    long elements = rows == 0 ? 0 : tensor.shape().elements() / rows;
    return (int) (elements / step(elements));
  }

  private static long step(long elements) {
    return Math.max(1, Math.ceilDiv(elements, NUMBERS_MAX));
  }

  /** Reads one row. */
  void read(Tensor tensor, int row) {
    length = width(tensor);
    if (numbers.length < length) {
      numbers = new float[Math.min(NUMBERS_MAX, Integer.highestOneBit(length) * 2)];
    }
    Datatype type = tensor.datatype();
    long elements = tensor.shape().elements() / tensor.rows();
    int stepBytes = (int) step(elements) * type.bytes();
    ByteBuffer bytes = tensor.bytes();
    int at = bytes.position() + (int) (row * elements) * type.bytes();
    for (int i = 0; i < length; i++) {
      numbers[i] = number(bytes, type, at);
      at += stepBytes;
    }
  }

  private static float number(ByteBuffer bytes, Datatype type, int at) {
    return switch (type) {
      case BOOL -> bytes.get(at) == 0 ? 0 : 1;
      case UINT8 -> bytes.get(at) & 0xff;
      case INT8 -> bytes.get(at);
      case INT32 -> bytes.getInt(at);
      case INT64 -> bytes.getLong(at);
      case FP16 -> Float.float16ToFloat(bytes.getShort(at));
      case FP32 -> bytes.getFloat(at);
      case FP64 -> (float) bytes.getDouble(at);
    };
  }

  /** The row read last, from the beginning of this; what is behind {@link #length} is old. */
  float[] numbers() {
    return numbers;
  }

  /** How many numbers the row read last has. */
  int length() {
    return length;
  }
}
