package dev.gatehouse.demo.attacks;

import com.google.protobuf.UnsafeByteOperations;
import dev.gatehouse.demo.Digits;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceFutureStub;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.Infer;
import dev.gatehouse.testing.InferStream;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A connection to the gateway from one address with one credential. */
final class Line implements AutoCloseable {

  private static final int STREAM_ANSWERS_MAX = 1_000;

  private final GatewayClient client;
  private final Metadata headers;

  Line(int port, String address, String credential) {
    client = new GatewayClient(port, address);
    headers = headers(credential);
  }

  private static Metadata headers(String credential) {
    Metadata headers = new Metadata();
    headers.put(GatewayClient.AUTHORIZATION, "Bearer " + credential);
    return headers;
  }

  /**
   * The model's scores of each row.
   *
   * @throws io.grpc.StatusRuntimeException if it is refused
   */
  List<float[]> digits(List<float[]> rows) {
    return scores(infer(request(rows)));
  }

  /**
   * Any call.
   *
   * @throws io.grpc.StatusRuntimeException if it is refused
   */
  ModelInferResponse infer(ModelInferRequest request) {
    return infer(request, headers);
  }

  /**
   * Any call with another credential than its own.
   *
   * @throws io.grpc.StatusRuntimeException if it is refused
   */
  ModelInferResponse inferWith(String credential, ModelInferRequest request) {
    return infer(request, headers(credential));
  }

  private ModelInferResponse infer(ModelInferRequest request, Metadata sent) {
    GRPCInferenceServiceBlockingStub stub =
        GRPCInferenceServiceGrpc.newBlockingStub(client.channel());
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(sent))
        .withDeadlineAfter(Account.CALL_SECONDS_MAX, TimeUnit.SECONDS)
        .modelInfer(request);
  }

  /** Sends a call and goes away while it runs. */
  void cancel(ModelInferRequest request, int afterMillis) throws InterruptedException {
    GRPCInferenceServiceFutureStub stub = GRPCInferenceServiceGrpc.newFutureStub(client.channel());
    var call =
        stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
            .withDeadlineAfter(Account.CALL_SECONDS_MAX, TimeUnit.SECONDS)
            .modelInfer(request);
    TimeUnit.MILLISECONDS.sleep(afterMillis);
    boolean ignored = call.cancel(true);
  }

  /** Opens a stream. */
  InferStream stream() {
    return InferStream.open(client.channel(), headers, STREAM_ANSWERS_MAX);
  }

  /** Asks what rows show. */
  static ModelInferRequest request(List<float[]> rows) {
    ByteBuffer bytes =
        ByteBuffer.allocate(rows.size() * Digits.PIXELS * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (float[] row : rows) {
      for (float pixel : row) {
        bytes.putFloat(pixel);
      }
    }
    return ModelInferRequest.newBuilder()
        .setModelName(Stage.DIGITS)
        .addInputs(Infer.input("pixels", "FP32", rows.size(), Digits.PIXELS))
        .addRawInputContents(UnsafeByteOperations.unsafeWrap(bytes.flip()))
        .build();
  }

  private static List<float[]> scores(ModelInferResponse response) {
    List<Float> all = Infer.floatsOf(response, 0);
    List<float[]> rows = new ArrayList<>();
    for (int from = 0; from < all.size(); from += Surrogate.CLASSES) {
      float[] row = new float[Surrogate.CLASSES];
      for (int c = 0; c < row.length; c++) {
        row[c] = all.get(from + c);
      }
      rows.add(row);
    }
    return rows;
  }

  @Override
  public void close() {
    client.close();
  }
}
