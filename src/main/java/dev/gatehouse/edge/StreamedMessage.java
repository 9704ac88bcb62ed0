package dev.gatehouse.edge;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.serving.InferenceAnswer;
import dev.gatehouse.serving.InferenceObserver;
import dev.gatehouse.stubs.inference.InferParameter;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import dev.gatehouse.stubs.inference.ModelStreamInferResponse;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One message of a stream between its arrival and its answer, of which it gets exactly one. */
final class StreamedMessage implements InferenceObserver {

  /** Tells clients of models that answer in parts that there is no further part. */
  private static final String FINAL_RESPONSE = "triton_final_response";

  private static final InferParameter TRUE = InferParameter.newBuilder().setBoolParam(true).build();

  private final InferenceStream stream;
  private final ModelInferRequest request;
  private final CallContext context;
  private final Cancellation cancellation = new Cancellation();
  private final AtomicBoolean ended = new AtomicBoolean();

  StreamedMessage(InferenceStream stream, ModelInferRequest request, CallContext context) {
    this.stream = stream;
    this.request = request;
    this.context = context;
  }

  ModelInferRequest request() {
    return request;
  }

  CallContext context() {
    return context;
  }

  /** What cancels its inference is known. */
  void runs(Runnable cancel) {
    cancellation.become(cancel);
  }

  void cancel() {
    cancellation.cancel();
  }

  @Override
  public void answered(InferenceAnswer answer) {
    if (!ended.compareAndSet(false, true)) {
      return;
    }
    ModelStreamInferResponse response;
    try {
      response = response(ProtocolTensors.response(request, answer, stream.heads()), "");
    } catch (RuntimeException | Error e) {
      end(FaultBarrier.internal(e));
      return;
    }
    stream.ended(this, response, null, null);
  }

  @Override
  public void refused(Refusal refusal) {
    if (ended.compareAndSet(false, true)) {
      end(refusal);
    }
  }

  private void end(Refusal refusal) {
    stream.ended(this, response(refusal), refusal, refusal.reason());
  }

  /** The refusal as clients of the protocol expect it: with id, model and version as asked. */
  private ModelStreamInferResponse response(Refusal refusal) {
    ModelInferResponse.Builder asked = ModelInferResponse.newBuilder();
    if (request.getIdBytes().size() <= ProtocolRequest.ID_BYTES_MAX) {
      asked.setId(request.getId());
    }
    if (ModelName.valid(request.getModelName())) {
      asked.setModelName(request.getModelName());
    }
    if (VersionId.valid(request.getModelVersion())) {
      asked.setModelVersion(request.getModelVersion());
    }
    Reason reason = refusal.reason();
    @Nullable String words = RefusalStatus.of(refusal).getStatus().getDescription();
    return response(asked, words == null ? reason.name() : reason + ": " + words);
  }

  private static ModelStreamInferResponse response(
      ModelInferResponse.Builder answer, String error) {
    return ModelStreamInferResponse.newBuilder()
        .setErrorMessage(error)
        .setInferResponse(answer.putParameters(FINAL_RESPONSE, TRUE))
        .build();
  }
}
