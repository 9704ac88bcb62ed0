package dev.gatehouse.serving;

import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An allowed inference whose tensors fit a version, which is to run it.
 *
 * @param call the inference
 * @param version the version
 * @param inputs its inputs in the signature's order
 * @param wanted the positions of the outputs it wants; none stands for all
 * @param policies what is given of those; null if they are given as they are
 */
record CheckedCall(
    AllowedCall call,
    RunningVersion version,
    List<Tensor> inputs,
    int[] wanted,
    @Nullable OutputPolicies policies) {

  /**
   * Holds a call against the signature of a version.
   *
   * @throws RefusedException with {@code TensorInvalid}, or as {@link OutputPolicies#of} does
   */
  static CheckedCall of(AllowedCall call, RunningVersion version) {
    InferenceRequest request = call.request();
    List<Tensor> inputs =
        TensorChecks.inputs(version.signature(), request.inputs(), version.callRowsMax());
    int[] wanted = TensorChecks.outputs(version.signature(), request.requestedOutputs());
    return new CheckedCall(
        call,
        version,
        inputs,
        wanted,
        OutputPolicies.of(call.terms().outputPolicies(), version.signature(), wanted));
  }

  /** How many rows it has. */
  int rows() {
    return (int) inputs.getFirst().rows();
  }
}
