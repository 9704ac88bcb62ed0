package dev.gatehouse.edge;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Message;
import dev.gatehouse.core.Refusal;
import io.grpc.Attributes;
import io.grpc.KnownLength;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.SecurityLevel;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decodes requests so that a message which cannot be decoded ends its own call with a refusal.
 *
 * <p>grpc-java decodes outside every interceptor, where what is thrown becomes UNKNOWN and a stack
 * trace in the log. Here a failure is carried inwards as a message of its own. Inflated bytes are
 * counted against the {@link InboundBudget} as the call's own while they come, since a compressed
 * message was counted with the few bytes it had on the wire; and so is what a message will take on
 * the heap beyond its bytes, before it is decoded.
 */
final class GuardedMarshalling {

  /** Messages up to this size are decoded as they are: no growth of theirs can do harm. */
  static final int SMALL_BYTES_MAX = 64 * 1024;

  private GuardedMarshalling() {}

  /**
   * The same service with guarded decoding.
   *
   * @param messageBytesMax the most bytes a message may take once decoded
   */
  static ServerServiceDefinition guard(ServerServiceDefinition service, int messageBytesMax) {
    ServiceDescriptor.Builder descriptor =
        ServiceDescriptor.newBuilder(service.getServiceDescriptor().getName())
            .setSchemaDescriptor(service.getServiceDescriptor().getSchemaDescriptor());
    List<ServerMethodDefinition<?, ?>> guarded = new ArrayList<>();
    for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
      ServerMethodDefinition<?, ?> wrapped = guardMethod(method, messageBytesMax);
      descriptor.addMethod(wrapped.getMethodDescriptor());
      guarded.add(wrapped);
    }
    ServerServiceDefinition.Builder definition =
        ServerServiceDefinition.builder(descriptor.build());
    guarded.forEach(definition::addMethod);
    return definition.build();
  }

  private static <Q, A> ServerMethodDefinition<Decoded<Q>, A> guardMethod(
      ServerMethodDefinition<Q, A> method, int messageBytesMax) {
    MethodDescriptor<Q, A> plain = method.getMethodDescriptor();
    MethodDescriptor<Decoded<Q>, A> descriptor =
        plain.toBuilder(
                new DecodingMarshaller<>(plain.getRequestMarshaller(), messageBytesMax),
                plain.getResponseMarshaller())
            .build();
    return ServerMethodDefinition.create(
        descriptor, new Unwrapping<>(plain, method.getServerCallHandler()));
  }

  /** A message that was decoded, or why it was not. */
  private sealed interface Decoded<Q> {
    record Message<Q>(Q message) implements Decoded<Q> {}

    record Failure<Q>(StatusRuntimeException status) implements Decoded<Q> {}
  }

  private static final class DecodingMarshaller<Q> implements Marshaller<Decoded<Q>> {

    private final Marshaller<Q> plain;
    private final Descriptor type;
    private final int messageBytesMax;

    DecodingMarshaller(Marshaller<Q> plain, int messageBytesMax) {
      this.plain = plain;
      this.type = type(plain);
      this.messageBytesMax = messageBytesMax;
    }

    private static Descriptor type(Marshaller<?> plain) {
      if (plain instanceof PrototypeMarshaller<?> known
          && known.getMessagePrototype() instanceof Message prototype) {
        return prototype.getDescriptorForType();
      }
      throw new IllegalArgumentException("not a marshaller of protobuf messages");
    }

    @Override
    public InputStream stream(Decoded<Q> value) {
      throw new IllegalStateException("requests are only read here");
    }

    @Override
    public Decoded<Q> parse(InputStream stream) {
      try {
        return new Decoded.Message<>(plain.parse(checked(stream)));
      } catch (StatusRuntimeException e) {
        return new Decoded.Failure<>(refusal(e));
      } catch (RuntimeException | IOException e) {
        return new Decoded.Failure<>(malformed());
      }
    }

    /** The message, of which is known that it does not grow too far when it is decoded. */
    private InputStream checked(InputStream stream) throws IOException {
      boolean inflated = !(stream instanceof KnownLength);
      if (!inflated && stream.available() <= SMALL_BYTES_MAX) {
        return stream;
      }
      if (!inflated && stream.markSupported()) {
        stream.mark(Integer.MAX_VALUE);
        requireFits(CodedInputStream.newInstance(stream), stream.available());
        stream.reset();
        return stream;
      }
      ByteString whole =
          ByteString.readFrom(inflated ? new Counted(stream, InboundBudget.current()) : stream);
      requireFits(whole.newCodedInput(), whole.size());
      return whole.newInput();
    }

    private void requireFits(CodedInputStream message, int wireBytes) throws IOException {
      long most = (long) messageBytesMax + SMALL_BYTES_MAX;
      long size = DecodedSize.estimate(message, type, most);
      if (size > most) {
        throw tooLarge();
      }
      if (size > wireBytes) {
        InboundBudget.current().take(size - wireBytes);
      }
    }

    /** Too large keeps the transport's own status; undecodable is the caller's fault. */
    private static StatusRuntimeException refusal(StatusRuntimeException e) {
      if (RefusalStatus.reason(e.getStatus()) != null) {
        return e;
      }
      return switch (e.getStatus().getCode()) {
        case RESOURCE_EXHAUSTED -> tooLarge();
        default -> malformed();
      };
    }

    private static StatusRuntimeException tooLarge() {
      return Status.RESOURCE_EXHAUSTED.withDescription("message too large").asRuntimeException();
    }

    private static StatusRuntimeException malformed() {
      return RefusalStatus.of(
          Refusal.ArgumentInvalid.of("message", "cannot be decoded as this method's request"));
    }
  }

  /** Counts inflated bytes as they are read. */
  private static final class Counted extends FilterInputStream {
    private final InboundBudget.Share share;

    Counted(InputStream in, InboundBudget.Share share) {
      super(in);
      this.share = share;
    }

    @Override
    public int read() throws IOException {
      int value = super.read();
      if (value >= 0) {
        share.take(1);
      }
      return value;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int count = super.read(bytes, offset, length);
      if (count > 0) {
        share.take(count);
      }
      return count;
    }
  }

  /** Hands decoded messages to the plain handler and closes the call at the first failure. */
  private record Unwrapping<Q, A>(MethodDescriptor<Q, A> plain, ServerCallHandler<Q, A> handler)
      implements ServerCallHandler<Decoded<Q>, A> {

    @Override
    public ServerCall.Listener<Decoded<Q>> startCall(
        ServerCall<Decoded<Q>, A> call, Metadata headers) {
      ServerCall.Listener<Q> listener = handler.startCall(new Unwrapped<>(call, plain), headers);
      return new UnwrappingListener<>(call, listener);
    }
  }

  private static final class UnwrappingListener<Q> extends ServerCall.Listener<Decoded<Q>> {
    private final ServerCall<Decoded<Q>, ?> call;
    private final ServerCall.Listener<Q> listener;
    private boolean failed;

    UnwrappingListener(ServerCall<Decoded<Q>, ?> call, ServerCall.Listener<Q> listener) {
      this.call = call;
      this.listener = listener;
    }

    @Override
    public void onMessage(Decoded<Q> message) {
      if (failed) {
        return;
      }
      switch (message) {
        case Decoded.Message<Q> good -> listener.onMessage(good.message());
        case Decoded.Failure<Q> failure -> {
          failed = true;
          if (CallContext.current().endsStream(failure.status())) {
            return;
          }
          Metadata trailers = failure.status().getTrailers();
          call.close(failure.status().getStatus(), trailers == null ? new Metadata() : trailers);
          listener.onCancel();
        }
      }
    }

    @Override
    public void onHalfClose() {
      if (!failed) {
        listener.onHalfClose();
      }
    }

    @Override
    public void onCancel() {
      if (!failed) {
        listener.onCancel();
      }
    }

    @Override
    public void onComplete() {
      if (!failed) {
        listener.onComplete();
      }
    }

    @Override
    public void onReady() {
      if (!failed) {
        listener.onReady();
      }
    }
  }

  /** The call as the plain handler knows it. */
  private static final class Unwrapped<Q, A> extends ServerCall<Q, A> {
    private final ServerCall<Decoded<Q>, A> call;
    private final MethodDescriptor<Q, A> plain;

    Unwrapped(ServerCall<Decoded<Q>, A> call, MethodDescriptor<Q, A> plain) {
      this.call = call;
      this.plain = plain;
    }

    @Override
    public void request(int messages) {
      call.request(messages);
    }

    @Override
    public void sendHeaders(Metadata headers) {
      call.sendHeaders(headers);
    }

    @Override
    public void sendMessage(A message) {
      call.sendMessage(message);
    }

    @Override
    public boolean isReady() {
      return call.isReady();
    }

    @Override
    public void close(Status status, Metadata trailers) {
      call.close(status, trailers);
    }

    @Override
    public boolean isCancelled() {
      return call.isCancelled();
    }

    @Override
    public void setMessageCompression(boolean enabled) {
      call.setMessageCompression(enabled);
    }

    @Override
    public void setCompression(String compressor) {
      call.setCompression(compressor);
    }

    @Override
    public void setOnReadyThreshold(int bytes) {
      call.setOnReadyThreshold(bytes);
    }

    @Override
    public SecurityLevel getSecurityLevel() {
      return call.getSecurityLevel();
    }

    @Override
    public Attributes getAttributes() {
      return call.getAttributes();
    }

    @Override
    public @Nullable String getAuthority() {
      return call.getAuthority();
    }

    @Override
    public MethodDescriptor<Q, A> getMethodDescriptor() {
      return plain;
    }
  }
}
