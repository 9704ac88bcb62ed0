package dev.gatehouse.edge;

import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/**
 * Hears from the headers of a stream how its caller wants errors: in the response, or, as Triton
 * has it, with {@code triton_grpc_error: true} as the status that ends the stream.
 */
final class StreamErrors implements ServerInterceptor {

  static final Metadata.Key<String> HEADER =
      Metadata.Key.of("triton_grpc_error", Metadata.ASCII_STRING_MARSHALLER);

  private static final String STREAM =
      GRPCInferenceServiceGrpc.getModelStreamInferMethod().getFullMethodName();

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    if (call.getMethodDescriptor().getFullMethodName().equals(STREAM)
        && "true".equals(headers.get(HEADER))) {
      CallContext.current().wantsErrorsAsStatus();
    }
    return next.startCall(call, headers);
  }
}
