package dev.gatehouse.serving;

import dev.gatehouse.access.OutputPolicy;
import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a grant gives of each output that one call wants. Immutable.
 *
 * <p>Made and checked before the call is queued, so that nothing runs whose answer could not be
 * given. A call whose outputs are given as they are has none.
 */
final class OutputPolicies {

  /** In the order of the outputs wanted; null where an output is given as it is. */
  private final @Nullable OutputPolicy[] policies;

  private OutputPolicies(@Nullable OutputPolicy[] policies) {
    this.policies = policies;
  }

  /**
   * What {@code policies} say of the outputs wanted; null if all are given as they are.
   *
   * @param wanted their positions in the signature; none stands for all in order
   * @throws RefusedException with {@code StateInvalid} if an output is withheld, because no policy
   *     is for it, or if its policy does not fit it
   */
  static @Nullable OutputPolicies of(
      List<OutputPolicy> policies, Signature signature, int[] wanted) {
    if (policies.isEmpty()) {
      return null;
    }
    List<TensorSpec> outputs = signature.outputs();
    int count = wanted.length == 0 ? outputs.size() : wanted.length;
    @Nullable OutputPolicy[] found = new @Nullable OutputPolicy[count];
    boolean everything = true;
    for (int i = 0; i < count; i++) {
      TensorSpec output = outputs.get(wanted.length == 0 ? i : wanted[i]);
      OutputPolicy policy = policy(policies, output.name());
      if (policy == null) {
        throw refused("the grant withholds the output " + output.name() + "; ask for others");
      }
      if (policy.detail() != OutputPolicy.Detail.ALL) {
        requireFit(output, policy);
        found[i] = policy;
        everything = false;
      }
    }
    return everything ? null : new OutputPolicies(found);
  }

  /**
   * The policy that names the output, else the one that names none; of several what gives least.
   */
  private static @Nullable OutputPolicy policy(List<OutputPolicy> policies, String output) {
    OutputPolicy named = null;
    OutputPolicy unnamed = null;
    for (int i = 0; i < policies.size(); i++) {
      OutputPolicy policy = policies.get(i);
      if (policy.output().equals(output)) {
        named = lesser(named, policy);
      } else if (policy.output().isEmpty()) {
        unnamed = lesser(unnamed, policy);
      }
    }
    return named != null ? named : unnamed;
  }

  private static OutputPolicy lesser(@Nullable OutputPolicy a, OutputPolicy b) {
    return a != null && a.detail().compareTo(b.detail()) <= 0 ? a : b;
  }

  private static void requireFit(TensorSpec output, OutputPolicy policy) {
    if (!fits(policy, output.datatype(), output.shape())) {
      throw refused(
          "the grant's policy for the output "
              + output.name()
              + " is for floating-point scores of two dimensions or more, and a label for two columns or"
              + " more; ask for others");
    }
  }

  /** One column is no choice of classes: its label would be the same whatever it holds. */
  private static boolean fits(OutputPolicy policy, Datatype datatype, Shape shape) {
    boolean label = policy.detail() == OutputPolicy.Detail.LABEL_ONLY;
    return shape.rank() >= 2
        && !(label && shape.dimension(shape.rank() - 1) == 1)
        && switch (datatype) {
          case FP16, FP32, FP64 -> true;
          case BOOL, UINT8, INT8, INT32, INT64 -> false;
        };
  }

  private static RefusedException refused(String description) {
    return new RefusedException(new Refusal.StateInvalid(description));
  }

  /**
   * What is given of {@code outputs}, which are those wanted, in that order; they are not changed.
   *
   * @throws IllegalStateException if the outputs are not what the signature says
   */
  List<Tensor> apply(List<Tensor> outputs) {
    if (outputs.size() != policies.length) {
      throw new IllegalStateException("there are not as many outputs as the signature has");
    }
    List<Tensor> given = new ArrayList<>(outputs.size());
    for (int i = 0; i < policies.length; i++) {
      OutputPolicy policy = policies[i];
      Tensor output = outputs.get(i);
      if (policy != null && !fits(policy, output.datatype(), output.shape())) {
        throw new IllegalStateException("an output is not what the signature says");
      }
      given.add(policy == null ? output : new ScoreFilter(policy, output).given());
    }
    return given;
  }
}
