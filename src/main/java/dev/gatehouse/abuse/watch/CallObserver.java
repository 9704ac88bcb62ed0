package dev.gatehouse.abuse.watch;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Tensor;
import java.util.List;

/**
 * Hears what callers did, from any thread. It neither blocks nor throws; what it cannot take it
 * drops.
 */
public interface CallObserver {

  /** Looks at nothing. */
  CallObserver NOBODY =
      new CallObserver() {
        @Override
        public void ended(EndedCall call) {}

        @Override
        public void answered(
            CallerId caller, ModelName model, List<Tensor> inputs, List<Tensor> outputs) {}
      };

  /** A call of a registered caller, or a message of a stream, has ended. */
  void ended(EndedCall call);

  /**
   * A model has answered.
   *
   * @param inputs what it was given, of which nothing is written any more
   * @param outputs what it gave, in the signature's order and before any output policy; of which
   *     nothing is written any more
   */
  void answered(CallerId caller, ModelName model, List<Tensor> inputs, List<Tensor> outputs);
}
