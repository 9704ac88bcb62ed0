package dev.gatehouse.testing;

import dev.gatehouse.abuse.watch.CallObserver;
import dev.gatehouse.abuse.watch.EndedCall;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Tensor;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what the watch would hear. */
public final class HeldObservations implements CallObserver {

  private final List<EndedCall> calls = new CopyOnWriteArrayList<>();
  private final List<Answered> answers = new CopyOnWriteArrayList<>();

  /** What a model gave. */
  public record Answered(
      CallerId caller, ModelName model, List<Tensor> inputs, List<Tensor> outputs) {}

  @Override
  public void ended(EndedCall call) {
    calls.add(call);
  }

  @Override
  public void answered(
      CallerId caller, ModelName model, List<Tensor> inputs, List<Tensor> outputs) {
    answers.add(new Answered(caller, model, inputs, outputs));
  }

  /** The calls that ended, in order. */
  public List<EndedCall> calls() {
    return calls;
  }

  /** The answers of models, in order. */
  public List<Answered> answers() {
    return answers;
  }
}
