package dev.gatehouse.core;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a model version takes and gives, declared at upload and proved at deployment.
 *
 * @param inputs in the order in which the model's {@code forward} takes them
 * @param outputs in the order in which tuple or list outputs come; dict outputs are found by name
 */
public record Signature(List<TensorSpec> inputs, List<TensorSpec> outputs) {

  /** The most inputs, and the most outputs. */
  public static final int TENSORS_MAX = 64;

  /**
   * Copies the lists and checks them.
   *
   * @throws IllegalArgumentException if there is no input or no output, too many, or a name twice
   */
  public Signature {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    check("input", inputs);
    check("output", outputs);
  }

  private static void check(String kind, List<TensorSpec> specs) {
    if (specs.isEmpty() || specs.size() > TENSORS_MAX) {
      throw new IllegalArgumentException("a signature has 1 to 64 tensors of kind " + kind);
    }
    Set<String> names = new HashSet<>();
    for (TensorSpec spec : specs) {
      if (!names.add(spec.name())) {
        throw new IllegalArgumentException("two tensors of kind " + kind + " share a name");
      }
    }
  }

  /** The input of that name. */
  public Optional<TensorSpec> input(String name) {
    return inputs.stream().filter(spec -> spec.name().equals(name)).findFirst();
  }

  /** The output of that name. */
  public Optional<TensorSpec> output(String name) {
    return outputs.stream().filter(spec -> spec.name().equals(name)).findFirst();
  }
}
