package dev.gatehouse.core;

import java.util.Arrays;

/**
 * The dimensions of a tensor, outermost first; {@link #VARIABLE} stands for a dimension that a
 * signature leaves open.
 */
public final class Shape {

  /** The most dimensions a tensor may have. */
  public static final int RANK_MAX = 8;

  /** A dimension left open by a signature. */
  public static final long VARIABLE = -1;

  private final long[] dimensions;

  private Shape(long[] dimensions) {
    this.dimensions = dimensions;
  }

  /**
   * The shape of these dimensions; the array is copied.
   *
   * @throws IllegalArgumentException for more than {@link #RANK_MAX} dimensions, or one below -1
   */
  public static Shape of(long... dimensions) {
    if (dimensions.length > RANK_MAX) {
      throw new IllegalArgumentException("a shape has at most " + RANK_MAX + " dimensions");
    }
    for (long dimension : dimensions) {
      if (dimension < VARIABLE) {
        throw new IllegalArgumentException("a dimension is -1 or not negative");
      }
    }
    return new Shape(dimensions.clone());
  }

  /** The number of dimensions. */
  public int rank() {
    return dimensions.length;
  }

  /** The dimension at {@code index}, 0 being the outermost. */
  public long dimension(int index) {
    return dimensions[index];
  }

  /** The dimensions as an array of their own. */
  public long[] toArray() {
    return dimensions.clone();
  }

  /** This shape with its outermost dimension replaced. */
  public Shape withRows(long rows) {
    long[] changed = dimensions.clone();
    changed[0] = rows;
    return new Shape(changed);
  }

  /** The shape of one row: all dimensions but the outermost. */
  public Shape trailing() {
    return new Shape(Arrays.copyOfRange(dimensions, 1, dimensions.length));
  }

  /** Whether {@code actual} has this rank and equals it wherever this one is not variable. */
  public boolean admits(Shape actual) {
    if (actual.dimensions.length != dimensions.length) {
      return false;
    }
    for (int i = 0; i < dimensions.length; i++) {
      if (dimensions[i] != VARIABLE && dimensions[i] != actual.dimensions[i]) {
        return false;
      }
    }
    return true;
  }

  /** Whether a dimension is variable. */
  public boolean variable() {
    for (long dimension : dimensions) {
      if (dimension == VARIABLE) {
        return true;
      }
    }
    return false;
  }

  /**
   * The number of elements, 1 for a scalar.
   *
   * @throws ArithmeticException if it does not fit a long, or a dimension is variable
   */
  public long elements() {
    long product = 1;
    boolean empty = false;
    for (long dimension : dimensions) {
      if (dimension == VARIABLE) {
        throw new ArithmeticException("a variable dimension has no size");
      }
      if (dimension == 0) {
        empty = true;
      } else {
        product = Math.multiplyExact(product, dimension);
      }
    }
    return empty ? 0 : product;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dimensions, shape.dimensions);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dimensions);
  }

  @Override
  public String toString() {
    return Arrays.toString(dimensions);
  }
}
