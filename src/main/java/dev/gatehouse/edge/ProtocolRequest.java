package dev.gatehouse.edge;

import dev.gatehouse.access.QuotaStanding;
import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.core.TraceId;
import dev.gatehouse.serving.InferenceRequest;
import dev.gatehouse.serving.OfferedTensor;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferRequest.InferRequestedOutputTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A request of the protocol as the use case reads it.
 *
 * @param message the request
 * @param transport the deadline of the call that brought it, or null
 * @param ticker monotonic time
 * @param call what is known about the call, or about this message of a stream
 */
record ProtocolRequest(
    ModelInferRequest message,
    io.grpc.@Nullable Deadline transport,
    Ticker ticker,
    CallContext call)
    implements InferenceRequest {

  /** The longest id that is echoed. */
  static final int ID_BYTES_MAX = 256;

  @Override
  public String model() {
    return message.getModelName();
  }

  @Override
  public String version() {
    return message.getModelVersion();
  }

  @Override
  public List<OfferedTensor> inputs() {
    return ProtocolTensors.inputs(message);
  }

  @Override
  public List<String> requestedOutputs() {
    int count = message.getOutputsCount();
    if (count == 0) {
      return List.of();
    }
    List<String> names = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      InferRequestedOutputTensor output = message.getOutputs(i);
      if (output.getParametersCount() > 0) {
        RequestParameters.requireOffered("outputs", i, output.getParametersMap());
      }
      names.add(output.getName());
    }
    return names;
  }

  @Override
  public long wireBytes() {
    return call.requestBytes();
  }

  @Override
  public @Nullable TraceId trace() {
    return call.trace();
  }

  @Override
  public void admitted() {
    call.recorded();
  }

  @Override
  public void quotas(QuotaStanding standing) {
    call.quotas(standing);
  }

  @Override
  public void rows(int count) {
    call.takenIn(count);
  }

  @Override
  public void ran(long computeNanos) {
    call.ran(computeNanos);
  }

  @Override
  public boolean bulk() {
    return parameters().bulk();
  }

  /** The earlier of the transport's deadline and the request's {@code timeout}. */
  @Override
  public Deadline deadline() {
    if (message.getIdBytes().size() > ID_BYTES_MAX) {
      throw new RefusedException(Refusal.ArgumentInvalid.of("id", "at most 256 bytes"));
    }
    Deadline deadline =
        transport == null
            ? Deadline.NONE
            : Deadline.at(ticker.nanos() + transport.timeRemaining(TimeUnit.NANOSECONDS));
    long micros = parameters().timeoutMicros();
    return micros == 0
        ? deadline
        : deadline.earlier(Deadline.at(ticker.nanos() + TimeUnit.MICROSECONDS.toNanos(micros)));
  }

  private RequestParameters parameters() {
    return message.getParametersCount() == 0
        ? RequestParameters.NONE
        : RequestParameters.of(message.getParametersMap());
  }
}
