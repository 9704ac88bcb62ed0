package dev.gatehouse.serving;

import dev.gatehouse.core.Tensor;
import java.util.List;

/**
 * What a model gave for one call.
 *
 * @param tensors all outputs in signature order
 * @param refused whether they hold a value that is not finite, which the deployment refuses
 */
record Outputs(List<Tensor> tensors, boolean refused) {}
