package dev.gatehouse.serving;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.VersionId;
import java.util.List;

/**
 * What a model answered.
 *
 * @param model the model that ran
 * @param version the version that ran
 * @param outputs the outputs asked for, in that order
 */
public record InferenceAnswer(ModelName model, VersionId version, List<Tensor> outputs) {

  /** Copies the list. */
  public InferenceAnswer {
    outputs = List.copyOf(outputs);
  }
}
