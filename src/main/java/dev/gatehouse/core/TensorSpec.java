package dev.gatehouse.core;

/**
 * What a signature says of one input or output.
 *
 * @param name 1 to 128 characters, printable ASCII, unique among the inputs or the outputs
 * @param datatype the type of its elements
 * @param shape its dimensions; the outermost is the batch dimension and is {@link Shape#VARIABLE}
 */
public record TensorSpec(String name, Datatype datatype, Shape shape) {

  /** The longest name in characters. */
  public static final int NAME_LENGTH_MAX = 128;

  /**
   * Checks name and shape.
   *
   * @throws IllegalArgumentException if the name is empty, too long or not printable, or the shape
   *     does not start with the batch dimension
   */
  public TensorSpec {
    if (name.isEmpty() || name.length() > NAME_LENGTH_MAX) {
      throw new IllegalArgumentException("a tensor name has 1 to 128 characters");
    }
    if (name.chars().anyMatch(c -> c < 0x21 || c > 0x7e)) {
      throw new IllegalArgumentException("a tensor name is printable ASCII without spaces");
    }
    if (shape.rank() == 0 || shape.dimension(0) != Shape.VARIABLE) {
      throw new IllegalArgumentException("the first dimension is the batch dimension, -1");
    }
    for (int i = 1; i < shape.rank(); i++) {
      if (shape.dimension(i) == 0) {
        throw new IllegalArgumentException("a dimension is -1 or positive");
      }
    }
  }
}
