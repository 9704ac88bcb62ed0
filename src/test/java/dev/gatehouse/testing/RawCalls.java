package dev.gatehouse.testing;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Calls whose messages are bytes as they are, whatever the method says they should be. */
public final class RawCalls {

  /** How long one may take. */
  public static final long SECONDS_MAX = 30;

  private static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  private RawCalls() {}

  /** A method of that name. */
  public static MethodDescriptor<byte[], byte[]> method(String fullName) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setFullMethodName(fullName)
        .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
        .setRequestMarshaller(BYTES)
        .setResponseMarshaller(BYTES)
        .build();
  }

  /** Headers with these values of {@code authorization}. */
  public static Metadata headers(String... credentials) {
    Metadata headers = new Metadata();
    for (String credential : credentials) {
      headers.put(GatewayClient.AUTHORIZATION, credential);
    }
    return headers;
  }

  /** Headers with a token. */
  public static Metadata headers(OidcLogin.Tokens tokens) {
    return headers("Bearer " + tokens.accessToken());
  }

  /** What the gateway sent. */
  public record End(int messages, Status status, Metadata trailers) {

    /** The end as a stub would throw it. */
    public StatusRuntimeException failure() {
      return status.asRuntimeException(trailers);
    }
  }

  /** A call that runs. */
  public static final class Running extends ClientCall.Listener<byte[]> {
    private final ClientCall<byte[], byte[]> call;
    private final CompletableFuture<End> end = new CompletableFuture<>();
    private final CompletableFuture<byte[]> first =
        new CompletableFuture<byte[]>().orTimeout(SECONDS_MAX, TimeUnit.SECONDS);
    private int messages;

    private Running(ClientCall<byte[], byte[]> call) {
      this.call = call;
    }

    /** The call itself. */
    public ClientCall<byte[], byte[]> call() {
      return call;
    }

    /** Its first answer. */
    public CompletableFuture<byte[]> first() {
      return first;
    }

    @Override
    public void onMessage(byte[] message) {
      messages++;
      first.complete(message);
      call.request(1);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      end.complete(new End(messages, status, trailers));
      first.completeExceptionally(status.asRuntimeException(trailers));
    }

    /** Whether it has ended. */
    public boolean ended() {
      return end.isDone();
    }

    /** Waits for its end. */
    public End await() {
      return end.orTimeout(SECONDS_MAX, TimeUnit.SECONDS).join();
    }
  }

  /** Starts a call; nothing is sent yet but its headers. */
  public static Running start(
      Channel channel, String fullName, Metadata headers, CallOptions options) {
    ClientCall<byte[], byte[]> call = channel.newCall(method(fullName), options);
    Running running = new Running(call);
    call.start(running, headers);
    call.request(1);
    return running;
  }

  /** One whole call with one message. */
  public static End call(Channel channel, String fullName, Metadata headers, byte[] message) {
    return call(channel, fullName, headers, message, CallOptions.DEFAULT);
  }

  /** One whole call with one message. */
  public static End call(
      Channel channel, String fullName, Metadata headers, byte[] message, CallOptions options) {
    Running running = start(channel, fullName, headers, options);
    if (options.getCompressor() != null) {
      running.call().setMessageCompression(true);
    }
    running.call().sendMessage(message);
    running.call().halfClose();
    return running.await();
  }
}
