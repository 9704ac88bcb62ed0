package dev.gatehouse.core;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A named tensor: elements in row-major order, little-endian.
 *
 * @param name the name of the signature's tensor it stands for
 * @param datatype the type of its elements
 * @param shape its dimensions, none of them variable
 * @param data exactly {@code shape.elements() * datatype.bytes()} bytes between position and limit;
 *     read-only by agreement, and its position is never moved: readers use {@link #bytes()}
 */
public record Tensor(String name, Datatype datatype, Shape shape, ByteBuffer data) {

  /**
   * Checks that the bytes are as many as shape and type say.
   *
   * @throws IllegalArgumentException if they are not
   */
  public Tensor {
    if (Math.multiplyExact(shape.elements(), datatype.bytes()) != data.remaining()) {
      throw new IllegalArgumentException("shape and type do not fit the number of bytes");
    }
  }

  /** A little-endian view of the bytes with a position of its own. */
  public ByteBuffer bytes() {
    return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The outermost dimension; 1 for a scalar. */
  public long rows() {
    return shape.rank() == 0 ? 1 : shape.dimension(0);
  }

  /** Names, types and shapes only: tensor contents never reach a log. */
  @Override
  public String toString() {
    return name + ":" + datatype + shape;
  }
}
