package dev.gatehouse.bench;

import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The least a gRPC server can do: decodes the gateway's request and answers on the event loop with
 * a response of the gateway's size that is built already. No interceptor, no tracer, no checks.
 *
 * <p>Prints its port, and ends when its input does.
 */
final class EchoServer implements GRPCInferenceServiceGrpc.AsyncService {

  private static final int MESSAGE_BYTES_MAX = 64 << 20;

  private final Map<String, ModelInferResponse> responses =
      Arrays.stream(Workload.values())
          .collect(Collectors.toMap(Workload::modelId, Exchange::emptyResponse));

  private EchoServer() {}

  @Override
  public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> observer) {
    observer.onNext(responses.get(request.getModelName()));
    observer.onCompleted();
  }

  /** Runs it. No arguments. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Quiet.netty();
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
            .directExecutor()
            .maxInboundMessageSize(MESSAGE_BYTES_MAX)
            .addService(GRPCInferenceServiceGrpc.bindService(new EchoServer()))
            .build()
            .start();
    System.out.println(server.getPort());
    while (System.in.read() >= 0) {}
    server.shutdownNow().awaitTermination();
  }
}
