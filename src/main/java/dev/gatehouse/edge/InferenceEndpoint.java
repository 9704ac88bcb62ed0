package dev.gatehouse.edge;

import dev.gatehouse.access.Authenticator;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.serving.Inference;
import dev.gatehouse.serving.InferenceAnswer;
import dev.gatehouse.serving.InferenceObserver;
import dev.gatehouse.serving.ModelConfiguration;
import dev.gatehouse.serving.ModelDescription;
import dev.gatehouse.serving.Repository;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import dev.gatehouse.stubs.inference.ModelConfigRequest;
import dev.gatehouse.stubs.inference.ModelConfigResponse;
import dev.gatehouse.stubs.inference.ModelInferRequest;
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
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/**
 * The Open Inference Protocol. Runs on event loops, where nothing may block; only the methods of
 * the repository, which do, are placed elsewhere by {@link GrpcServer}.
 */
final class InferenceEndpoint implements GRPCInferenceServiceGrpc.AsyncService {

  private final Parts parts;
  private final Inference inference;
  private final Ticker ticker;
  private final RepositoryCalls repository;
  private final OutputHeads heads = new OutputHeads();

  /**
   * What the protocol is answered from.
   *
   * @param inference runs models
   * @param repository the models as a repository
   * @param authenticator asks again about callers whose streams last, and throttles those
   * @param recorder counts and records the messages of streams
   * @param streams those that are open
   * @param loops where answers leave
   * @param ready whether the gateway can take calls
   * @param version the gateway's version
   * @param ticker monotonic time
   */
  record Parts(
      Inference inference,
      Repository repository,
      Authenticator authenticator,
      CallRecorder recorder,
      OpenStreams streams,
      EventLoops loops,
      BooleanSupplier ready,
      String version,
      Ticker ticker) {

    private InferenceStream.Parts streamParts(OutputHeads heads) {
      return new InferenceStream.Parts(
          inference::infer, authenticator::throttle, recorder, streams, heads, ticker);
    }
  }

  InferenceEndpoint(Parts parts) {
    this.parts = parts;
    this.inference = parts.inference();
    this.ticker = parts.ticker();
    this.repository = new RepositoryCalls(parts.repository());
  }

  @Override
  public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> observer) {
    answer(observer, ServerLiveResponse.newBuilder().setLive(true).build());
  }

  @Override
  public void serverReady(
      ServerReadyRequest request, StreamObserver<ServerReadyResponse> observer) {
    answer(
        observer, ServerReadyResponse.newBuilder().setReady(parts.ready().getAsBoolean()).build());
  }

  @Override
  public void serverMetadata(
      ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> observer) {
    answer(
        observer,
        ServerMetadataResponse.newBuilder()
            .setName("gatehouse")
            .setVersion(parts.version())
            .addAllExtensions(Protocol.EXTENSIONS)
            .build());
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
            .setPlatform(Protocol.PLATFORM);
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
    ProtocolRequest asked =
        new ProtocolRequest(request, context.getDeadline(), ticker, CallContext.current());
    cancellation.become(
        inference.infer(caller, asked, new Reply(request, heads, call, parts.loops().current())));
  }

  private Caller caller(String model) {
    CallContext call = CallContext.current();
    call.names(model);
    return call.requireCaller();
  }

  @Override
  public StreamObserver<ModelInferRequest> modelStreamInfer(
      StreamObserver<ModelStreamInferResponse> observer) {
    CallContext call = CallContext.current();
    return new InferenceStream(
            parts.streamParts(heads),
            call,
            parts.authenticator().watch(call.requireCaller())::check,
            Context.current().getDeadline(),
            (ServerCallStreamObserver<ModelStreamInferResponse>) observer)
        .open();
  }

  @Override
  public void modelConfig(
      ModelConfigRequest request, StreamObserver<ModelConfigResponse> observer) {
    Caller caller = caller(request.getName());
    ModelConfiguration configuration =
        inference.configuration(caller, request.getName(), request.getVersion());
    answer(
        observer,
        ModelConfigResponse.newBuilder().setConfig(Protocol.config(configuration)).build());
  }

  @Override
  public void modelStatistics(
      ModelStatisticsRequest request, StreamObserver<ModelStatisticsResponse> observer) {
    Caller caller = caller(request.getName());
    ModelStatisticsResponse.Builder response = ModelStatisticsResponse.newBuilder();
    inference
        .statistics(caller, request.getName(), request.getVersion())
        .forEach(counts -> response.addModelStats(Protocol.statistics(counts)));
    answer(observer, response.build());
  }

  @Override
  public void repositoryIndex(
      RepositoryIndexRequest request, StreamObserver<RepositoryIndexResponse> observer) {
    repository.index(request, observer);
  }

  @Override
  public void repositoryModelLoad(
      RepositoryModelLoadRequest request, StreamObserver<RepositoryModelLoadResponse> observer) {
    repository.load(request, observer);
  }

  @Override
  public void repositoryModelUnload(
      RepositoryModelUnloadRequest request,
      StreamObserver<RepositoryModelUnloadResponse> observer) {
    repository.unload(request, observer);
  }

  private static <A> void answer(StreamObserver<A> observer, A response) {
    observer.onNext(response);
    observer.onCompleted();
  }

  /** Sends the end of one inference, on the event loop of its connection. */
  private record Reply(
      ModelInferRequest request,
      OutputHeads heads,
      ServerCallStreamObserver<ModelInferResponse> call,
      Executor loop)
      implements InferenceObserver {

    @Override
    public void answered(InferenceAnswer answer) {
      loop.execute(() -> send(answer));
    }

    @Override
    public void refused(Refusal refusal) {
      loop.execute(() -> send(refusal));
    }

    private void send(InferenceAnswer answer) {
      if (call.isCancelled()) {
        return;
      }
      ModelInferResponse response;
      try {
        response = ProtocolTensors.response(request, answer, heads).build();
      } catch (RuntimeException | Error e) {
        call.onError(FaultBarrier.status(e));
        return;
      }
      call.onNext(response);
      call.onCompleted();
    }

    private void send(Refusal refusal) {
      if (!call.isCancelled()) {
        call.onError(RefusalStatus.of(refusal));
      }
    }
  }
}
