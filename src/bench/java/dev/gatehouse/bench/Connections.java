package dev.gatehouse.bench;

import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceStub;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.OidcLogin;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Connections of the load generator to one server, whose answers come on the event loops. */
final class Connections implements AutoCloseable {

  private final List<ManagedChannel> channels;

  /** At most {@code count} connections to {@code port} of the loopback address. */
  Connections(int port, int count) {
    channels = IntStream.range(0, count).mapToObj(i -> channel(port)).toList();
  }

  private static ManagedChannel channel(int port) {
    return NettyChannelBuilder.forAddress("127.0.0.1", port)
        .usePlaintext()
        .directExecutor()
        .build();
  }

  /**
   * Asynchronous stubs, one for each connection.
   *
   * @param token sent with every call; null for none
   */
  List<GRPCInferenceServiceStub> stubs(OidcLogin.@Nullable Tokens token) {
    return channels.stream()
        .map(GRPCInferenceServiceGrpc::newStub)
        .map(stub -> token == null ? stub : GatewayClient.withToken(stub, token))
        .toList();
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
  }
}
