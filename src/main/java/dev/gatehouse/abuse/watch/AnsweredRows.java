package dev.gatehouse.abuse.watch;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows of one call of which some are looked at, with what the model gave for them. It holds the
 * tensors themselves, which nobody writes to any more.
 *
 * @param input what is looked at: the first input that is no mask of truth values, else the first
 * @param scores the first output that can be scores of classes, floating-point and of two
 *     dimensions with at least two columns; null if there is none
 */
record AnsweredRows(CallerId caller, ModelName model, Tensor input, @Nullable Tensor scores)
    implements Observation {

  private static final int SCORES_RANK = 2;

  static AnsweredRows of(
      CallerId caller, ModelName model, List<Tensor> inputs, List<Tensor> outputs) {
    return new AnsweredRows(caller, model, input(inputs), scores(outputs));
  }

  private static Tensor input(List<Tensor> inputs) {
    for (int i = 0; i < inputs.size(); i++) {
      Tensor input = inputs.get(i);
      if (TensorRow.isNumber(input.datatype())) {
        return input;
      }
    }
    return inputs.getFirst();
  }

  private static @Nullable Tensor scores(List<Tensor> outputs) {
    for (int i = 0; i < outputs.size(); i++) {
      Tensor output = outputs.get(i);
      if (TensorRow.isFloating(output.datatype())
          && output.shape().rank() == SCORES_RANK
          && output.shape().dimension(1) > 1
          && output.shape().dimension(1) <= TensorRow.NUMBERS_MAX) {
        return output;
      }
    }
    return null;
  }

  /** The bytes that it keeps from being freed. */
  long bytes() {
    return input.data().capacity() + (scores == null ? 0 : scores.data().capacity());
  }
}
