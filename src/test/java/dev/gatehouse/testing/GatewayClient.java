package dev.gatehouse.testing;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import dev.gatehouse.stubs.admin.v1.AbuseServiceGrpc;
import dev.gatehouse.stubs.admin.v1.AccessReviewsServiceGrpc;
import dev.gatehouse.stubs.admin.v1.ApiKeysServiceGrpc;
import dev.gatehouse.stubs.admin.v1.AuditServiceGrpc;
import dev.gatehouse.stubs.admin.v1.CallersServiceGrpc;
import dev.gatehouse.stubs.admin.v1.GrantsServiceGrpc;
import dev.gatehouse.stubs.admin.v1.ModelRegistryServiceGrpc;
import dev.gatehouse.stubs.admin.v1.ModelVersionsServiceGrpc;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import io.grpc.Attributes;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import io.netty.handler.ssl.SslContext;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A connection to a gateway on this machine, and the stubs of its services. */
public final class GatewayClient implements AutoCloseable {

  /** Where a credential goes. */
  public static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private static final int MESSAGE_BYTES_MAX = 128 << 20;
  private static final long CLOSE_SECONDS_MAX = 10;

  private final ManagedChannel channel;

  /** A connection to {@code port} of the loopback address, without TLS. */
  public GatewayClient(int port) {
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port)
            .usePlaintext()
            .intercept(KnownSecrets.watch())
            .maxInboundMessageSize(MESSAGE_BYTES_MAX)
            .build();
  }

  /**
   * A connection to {@code port} of the loopback address, without TLS, which comes from another
   * address of this machine, such as 127.0.7.1.
   */
  public GatewayClient(int port, String from) {
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port)
            .localSocketPicker(
                new NettyChannelBuilder.LocalSocketPicker() {
                  @Override
                  public SocketAddress createSocketAddress(
                      SocketAddress remote, Attributes attributes) {
                    return new InetSocketAddress(from, 0);
                  }
                })
            .usePlaintext()
            .intercept(KnownSecrets.watch())
            .maxInboundMessageSize(MESSAGE_BYTES_MAX)
            .build();
  }

  /** A connection to {@code port} of this machine, with TLS. */
  public GatewayClient(int port, SslContext tls) {
    channel =
        NettyChannelBuilder.forAddress("localhost", port)
            .sslContext(tls)
            .maxInboundMessageSize(MESSAGE_BYTES_MAX)
            .build();
  }

  /** The connection itself. */
  public ManagedChannel channel() {
    return channel;
  }

  /** {@code stub} with a bearer token on every call. */
  public static <S extends AbstractStub<S>> S withToken(S stub, OidcLogin.Tokens tokens) {
    Metadata headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer " + tokens.accessToken());
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /** The data plane, blocking, without a credential. */
  public GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub inference() {
    return GRPCInferenceServiceGrpc.newBlockingStub(channel);
  }

  /** The data plane, blocking. */
  public GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub inference(
      OidcLogin.Tokens tokens) {
    return withToken(inference(), tokens);
  }

  /** Callers. */
  public CallersServiceGrpc.CallersServiceBlockingStub callers(OidcLogin.Tokens tokens) {
    return withToken(CallersServiceGrpc.newBlockingStub(channel), tokens);
  }

  /** Models. */
  public ModelRegistryServiceGrpc.ModelRegistryServiceBlockingStub models(OidcLogin.Tokens tokens) {
    return withToken(ModelRegistryServiceGrpc.newBlockingStub(channel), tokens);
  }

  /** Versions. */
  public ModelVersionsServiceGrpc.ModelVersionsServiceBlockingStub versions(
      OidcLogin.Tokens tokens) {
    return withToken(ModelVersionsServiceGrpc.newBlockingStub(channel), tokens);
  }

  /** Versions, asynchronous, for uploads. */
  public ModelVersionsServiceGrpc.ModelVersionsServiceStub uploads(OidcLogin.Tokens tokens) {
    return withToken(ModelVersionsServiceGrpc.newStub(channel), tokens);
  }

  /** Grants. */
  public GrantsServiceGrpc.GrantsServiceBlockingStub grants(OidcLogin.Tokens tokens) {
    return withToken(GrantsServiceGrpc.newBlockingStub(channel), tokens);
  }

  /** API keys. */
  public ApiKeysServiceGrpc.ApiKeysServiceBlockingStub apiKeys(OidcLogin.Tokens tokens) {
    return withToken(ApiKeysServiceGrpc.newBlockingStub(channel), tokens);
  }

  /** Access reviews. */
  public AccessReviewsServiceGrpc.AccessReviewsServiceBlockingStub accessReviews(
      OidcLogin.Tokens tokens) {
    return withToken(AccessReviewsServiceGrpc.newBlockingStub(channel), tokens);
  }

  /** What callers were found doing and are held to. */
  public AbuseServiceGrpc.AbuseServiceBlockingStub abuse(OidcLogin.Tokens tokens) {
    return withToken(AbuseServiceGrpc.newBlockingStub(channel), tokens);
  }

  /** The record. */
  public AuditServiceGrpc.AuditServiceBlockingStub audit(OidcLogin.Tokens tokens) {
    return withToken(AuditServiceGrpc.newBlockingStub(channel), tokens);
  }

  /** The reason in the {@link ErrorInfo} of a refusal, or empty if it carries none. */
  public static Optional<ErrorInfo> errorInfo(StatusRuntimeException refusal) {
    com.google.rpc.Status status = StatusProto.fromThrowable(refusal);
    if (status == null) {
      return Optional.empty();
    }
    return status.getDetailsList().stream()
        .filter(detail -> detail.is(ErrorInfo.class))
        .findFirst()
        .map(GatewayClient::unpack);
  }

  private static ErrorInfo unpack(Any detail) {
    try {
      return detail.unpack(ErrorInfo.class);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("not an ErrorInfo", e);
    }
  }

  /** Closes the connection, breaking off what still runs. */
  @Override
  public void close() {
    channel.shutdownNow();
    try {
      boolean ignored = channel.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
