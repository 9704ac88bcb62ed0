package dev.gatehouse.edge;

import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.serving.Inference;
import dev.gatehouse.serving.InferenceAnswer;
import dev.gatehouse.serving.InferenceObserver;
import dev.gatehouse.serving.InferenceRequest;
import dev.gatehouse.serving.ModelDescription;
import dev.gatehouse.serving.OfferedTensor;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import dev.gatehouse.stubs.inference.InferParameter;
import dev.gatehouse.stubs.inference.ModelConfigRequest;
import dev.gatehouse.stubs.inference.ModelConfigResponse;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferRequest.InferRequestedOutputTensor;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import dev.gatehouse.stubs.inference.ModelMetadataRequest;
import dev.gatehouse.stubs.inference.ModelMetadataResponse;
import dev.gatehouse.stubs.inference.ModelReadyRequest;
import dev.gatehouse.stubs.inference.ModelReadyResponse;
import dev.gatehouse.stubs.inference.ModelStatisticsRequest;
import dev.gatehouse.stubs.inference.ModelStatisticsResponse;
import dev.gatehouse.stubs.inference.ModelStreamInferResponse;
import dev.gatehouse.stubs.inference.RepositoryIndexRequest;
import dev.gatehouse.stubs.inference.RepositoryIndexResponse;
import dev.gatehouse.stubs.inference.RepositoryModelLoadRequest;
import dev.gatehouse.stubs.inference.RepositoryModelLoadResponse;
import dev.gatehouse.stubs.inference.RepositoryModelUnloadRequest;
import dev.gatehouse.stubs.inference.RepositoryModelUnloadResponse;
import dev.gatehouse.stubs.inference.ServerLiveRequest;
import dev.gatehouse.stubs.inference.ServerLiveResponse;
import dev.gatehouse.stubs.inference.ServerMetadataRequest;
import dev.gatehouse.stubs.inference.ServerMetadataResponse;
import dev.gatehouse.stubs.inference.ServerReadyRequest;
import dev.gatehouse.stubs.inference.ServerReadyResponse;
import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The Open Inference Protocol. Runs on event loops: nothing here blocks. */
final class InferenceEndpoint implements GRPCInferenceServiceGrpc.AsyncService {

  private static final int ID_BYTES_MAX = 256;

  /** The protocol's name for models made of TorchScript. */
  private static final String PLATFORM = "pytorch_libtorch";

  private final Inference inference;
  private final BooleanSupplier ready;
  private final String version;
  private final Ticker ticker;

  InferenceEndpoint(Inference inference, BooleanSupplier ready, String version, Ticker ticker) {
    this.inference = inference;
    this.ready = ready;
    this.version = version;
    this.ticker = ticker;
  }

  @Override
  public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> observer) {
    answer(observer, ServerLiveResponse.newBuilder().setLive(true).build());
  }

  @Override
  public void serverReady(
      ServerReadyRequest request, StreamObserver<ServerReadyResponse> observer) {
    answer(observer, ServerReadyResponse.newBuilder().setReady(ready.getAsBoolean()).build());
  }

  @Override
  public void serverMetadata(
      ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> observer) {
    answer(
        observer,
        ServerMetadataResponse.newBuilder().setName("gatehouse").setVersion(version).build());
  }

  @Override
  public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> observer) {
    Caller caller = caller(request.getName());
    boolean isReady = inference.ready(caller, request.getName(), request.getVersion());
    answer(observer, ModelReadyResponse.newBuilder().setReady(isReady).build());
  }

  @Override
  public void modelMetadata(
      ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> observer) {
    Caller caller = caller(request.getName());
    ModelDescription description =
        inference.describe(caller, request.getName(), request.getVersion());
    ModelMetadataResponse.Builder response =
        ModelMetadataResponse.newBuilder()
            .setName(description.model().value())
            .setPlatform(PLATFORM);
    description.readyVersions().forEach(ready -> response.addVersions(ready.value()));
    description.signature().inputs().forEach(s -> response.addInputs(Protocol.metadata(s)));
    description.signature().outputs().forEach(s -> response.addOutputs(Protocol.metadata(s)));
    answer(observer, response.build());
  }

  @Override
  public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> observer) {
    Caller caller = caller(request.getModelName());
    var call = (ServerCallStreamObserver<ModelInferResponse>) observer;
    Context context = Context.current();
    // Must be set before this method returns, and before the work is there that it cancels.
    Cancellation cancellation = new Cancellation();
    call.setOnCancelHandler(cancellation::cancel);
    Request asked = new Request(request, context.getDeadline(), ticker, CallContext.current());
    cancellation.become(inference.infer(caller, asked, new Reply(request, call)));
  }

  private Caller caller(String model) {
    CallContext call = CallContext.current();
    call.names(model);
    return call.requireCaller();
  }

  @Override
  public StreamObserver<ModelInferRequest> modelStreamInfer(
      StreamObserver<ModelStreamInferResponse> observer) {
    throw notOffered();
  }

  @Override
  public void modelConfig(
      ModelConfigRequest request, StreamObserver<ModelConfigResponse> observer) {
    throw notOffered();
  }

  @Override
  public void modelStatistics(
      ModelStatisticsRequest request, StreamObserver<ModelStatisticsResponse> observer) {
    throw notOffered();
  }

  @Override
  public void repositoryIndex(
      RepositoryIndexRequest request, StreamObserver<RepositoryIndexResponse> observer) {
    throw notOffered();
  }

  @Override
  public void repositoryModelLoad(
      RepositoryModelLoadRequest request, StreamObserver<RepositoryModelLoadResponse> observer) {
    throw notOffered();
  }

  @Override
  public void repositoryModelUnload(
      RepositoryModelUnloadRequest request,
      StreamObserver<RepositoryModelUnloadResponse> observer) {
    throw notOffered();
  }

  private static RefusedException notOffered() {
    return new RefusedException(new Refusal.Unimplemented());
  }

  private static <A> void answer(StreamObserver<A> observer, A response) {
    observer.onNext(response);
    observer.onCompleted();
  }

  /** The request as the use case reads it. */
  private record Request(
      ModelInferRequest message,
      io.grpc.@Nullable Deadline transport,
      Ticker ticker,
      CallContext call)
      implements InferenceRequest {

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
      if (message.getOutputsCount() == 0) {
        return List.of();
      }
      List<String> names = new ArrayList<>(message.getOutputsCount());
      for (InferRequestedOutputTensor output : message.getOutputsList()) {
        names.add(output.getName());
      }
      return names;
    }

    @Override
    public long wireBytes() {
      return call.requestBytes();
    }

    @Override
    public void admitted() {
      call.recorded();
    }

    /** The earlier of the transport's deadline and the request's {@code timeout}. */
    @Override
    public Deadline deadline() {
      if (message.getIdBytes().size() > ID_BYTES_MAX) {
        throw refused("id", "at most 256 bytes");
      }
      Deadline deadline =
          transport == null
              ? Deadline.NONE
              : Deadline.at(ticker.nanos() + transport.timeRemaining(TimeUnit.NANOSECONDS));
      return timeout(deadline);
    }

    private Deadline timeout(Deadline deadline) {
      if (message.getParametersCount() == 0) {
        return deadline;
      }
      InferParameter timeout = message.getParametersMap().get("timeout");
      if (timeout == null) {
        return deadline;
      }
      long micros =
          switch (timeout.getParameterChoiceCase()) {
            case INT64_PARAM -> timeout.getInt64Param();
            case UINT64_PARAM -> timeout.getUint64Param();
            default -> throw refused("parameters.timeout", "a number of microseconds");
          };
      if (micros < 1 || micros > TimeUnit.DAYS.toMicros(1)) {
        throw refused("parameters.timeout", "1 microsecond to 1 day");
      }
      return deadline.earlier(Deadline.at(ticker.nanos() + TimeUnit.MICROSECONDS.toNanos(micros)));
    }

    private static RefusedException refused(String field, String description) {
      return new RefusedException(Refusal.ArgumentInvalid.of(field, description));
    }
  }

  /** Sends the end of one inference. */
  private record Reply(ModelInferRequest request, ServerCallStreamObserver<ModelInferResponse> call)
      implements InferenceObserver {

    @Override
    public void answered(InferenceAnswer answer) {
      if (call.isCancelled()) {
        return;
      }
      ModelInferResponse response;
      try {
        response = ProtocolTensors.response(request, answer);
      } catch (RuntimeException | Error e) {
        call.onError(FaultBarrier.status(e));
        return;
      }
      call.onNext(response);
      call.onCompleted();
    }

    @Override
    public void refused(Refusal refusal) {
      if (!call.isCancelled()) {
        call.onError(RefusalStatus.of(refusal));
      }
    }
  }
}
