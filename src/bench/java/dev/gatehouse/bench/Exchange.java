package dev.gatehouse.bench;

import com.google.protobuf.ByteString;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.TensorSpec;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A request and what must come back.
 *
 * @param workload what is called
 * @param request the request, built once
 * @param expected the bytes of each output
 */
record Exchange(Workload workload, ModelInferRequest request, List<ByteString> expected) {

  /** How far a float may be off, of its size or absolutely: batches are summed in other orders. */
  private static final float TOLERANCE = 1e-3f;

  /** Copies the list. */
  Exchange {
    expected = List.copyOf(expected);
  }

  /**
   * The exchanges of a workload, one for each variant.
   *
   * @param expected for each variant the bytes of each output
   */
  static List<Exchange> of(Workload workload, List<List<ByteString>> expected) {
    List<Exchange> exchanges = new ArrayList<>();
    for (int variant = 0; variant < Workload.VARIANTS; variant++) {
      exchanges.add(new Exchange(workload, request(workload, variant), expected.get(variant)));
    }
    return exchanges;
  }

  private static ModelInferRequest request(Workload workload, int variant) {
    ModelInferRequest.Builder request =
        ModelInferRequest.newBuilder().setModelName(workload.modelId());
    for (Tensor tensor : workload.inputs(variant)) {
      request.addInputs(
          ModelInferRequest.InferInputTensor.newBuilder()
              .setName(tensor.name())
              .setDatatype(tensor.datatype().name())
              .addAllShape(dimensions(tensor.shape())));
      request.addRawInputContents(ByteString.copyFrom(tensor.bytes()));
    }
    return request.build();
  }

  /** A response of the shape and size that the gateway gives, with zeros in it. */
  static ModelInferResponse emptyResponse(Workload workload) {
    ModelInferResponse.Builder response =
        ModelInferResponse.newBuilder()
            .setModelName(workload.modelId())
            .setModelVersion(Workload.VERSION);
    for (TensorSpec spec : workload.signature().outputs()) {
      response.addOutputs(
          ModelInferResponse.InferOutputTensor.newBuilder()
              .setName(spec.name())
              .setDatatype(spec.datatype().name())
              .addAllShape(dimensions(spec.shape().withRows(1))));
    }
    workload
        .outputBytes()
        .forEach(bytes -> response.addRawOutputContents(ByteString.copyFrom(new byte[bytes])));
    return response.build();
  }

  private static List<Long> dimensions(Shape shape) {
    List<Long> dimensions = new ArrayList<>();
    for (long dimension : shape.toArray()) {
      dimensions.add(dimension);
    }
    return dimensions;
  }

  /**
   * Looks whether a response has the outputs in the right number and size.
   *
   * @throws IllegalStateException if it has not
   */
  void checkShape(ModelInferResponse response) {
    if (response.getRawOutputContentsCount() != expected.size()) {
      throw new IllegalStateException(workload.title() + ": wrong number of outputs");
    }
    for (int i = 0; i < expected.size(); i++) {
      if (response.getRawOutputContents(i).size() != expected.get(i).size()) {
        throw new IllegalStateException(workload.title() + ": an output of the wrong size");
      }
    }
  }

  /**
   * Looks whether a response has the values that the engine gave for the same inputs, and the size
   * of {@link #emptyResponse}.
   *
   * @throws IllegalStateException if it has not
   */
  void checkValues(ModelInferResponse response) {
    if (response.getSerializedSize() != emptyResponse(workload).getSerializedSize()) {
      throw new IllegalStateException(workload.title() + ": the bare server's answer is no match");
    }
    for (int i = 0; i < expected.size(); i++) {
      ByteBuffer want = littleEndian(expected.get(i));
      ByteBuffer got = littleEndian(response.getRawOutputContents(i));
      boolean floats = workload.signature().outputs().get(i).datatype().name().equals("FP32");
      while (want.hasRemaining()) {
        if (!(floats ? near(want.getFloat(), got.getFloat()) : want.getInt() == got.getInt())) {
          throw new IllegalStateException(workload.title() + ": a wrong value came back");
        }
      }
    }
  }

  private static boolean near(float want, float got) {
    return Math.abs(want - got) <= TOLERANCE * Math.max(1, Math.abs(want));
  }

  private static ByteBuffer littleEndian(ByteString bytes) {
    return bytes.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }
}
