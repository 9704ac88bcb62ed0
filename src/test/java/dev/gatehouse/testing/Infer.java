package dev.gatehouse.testing;

import com.google.protobuf.ByteString;
import dev.gatehouse.stubs.inference.InferTensorContents;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferRequest.InferInputTensor;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Requests of the Open Inference Protocol, and what is in its responses. */
public final class Infer {

  private Infer() {}

  /** An input without elements; they come raw. */
  public static InferInputTensor.Builder input(String name, String datatype, long... shape) {
    InferInputTensor.Builder input =
        InferInputTensor.newBuilder().setName(name).setDatatype(datatype);
    for (long dimension : shape) {
      input.addShape(dimension);
    }
    return input;
  }

  /** A request with one raw input. */
  public static ModelInferRequest.Builder raw(
      String model, InferInputTensor.Builder input, byte[] bytes) {
    return ModelInferRequest.newBuilder()
        .setModelName(model)
        .addInputs(input)
        .addRawInputContents(ByteString.copyFrom(bytes));
  }

  /** A request with one input that carries its own elements. */
  public static ModelInferRequest.Builder listed(
      String model, InferInputTensor.Builder input, InferTensorContents.Builder contents) {
    return ModelInferRequest.newBuilder()
        .setModelName(model)
        .addInputs(input.setContents(contents));
  }

  /** One row of {@code values} for {@code x} of {@code model}. */
  public static ModelInferRequest.Builder floats(String model, String input, float... values) {
    return raw(model, input(input, "FP32", 1, values.length), bytes(values));
  }

  /** A call of the {@code add-sub} model with one row in each input, that fits. */
  public static ModelInferRequest.Builder addSub(int a, int b) {
    return ModelInferRequest.newBuilder()
        .setModelName("add-sub")
        .addInputs(input("a", "INT32", 1, 16))
        .addInputs(input("b", "INT32", 1, 16))
        .addRawInputContents(ByteString.copyFrom(bytes(ints(a))))
        .addRawInputContents(ByteString.copyFrom(bytes(ints(b))));
  }

  private static int[] ints(int first) {
    return IntStream.range(first, first + 16).toArray();
  }

  /** Little-endian. */
  public static byte[] bytes(float... values) {
    ByteBuffer bytes = allocate(4 * values.length);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  /** Little-endian. */
  public static byte[] bytes(int... values) {
    ByteBuffer bytes = allocate(4 * values.length);
    for (int value : values) {
      bytes.putInt(value);
    }
    return bytes.array();
  }

  /** Little-endian. */
  public static byte[] bytes(long... values) {
    ByteBuffer bytes = allocate(8 * values.length);
    for (long value : values) {
      bytes.putLong(value);
    }
    return bytes.array();
  }

  private static ByteBuffer allocate(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The raw output at {@code index} as INT32. */
  public static List<Integer> intsOf(ModelInferResponse response, int index) {
    ByteBuffer bytes = rawOf(response, index);
    List<Integer> values = new ArrayList<>();
    while (bytes.hasRemaining()) {
      values.add(bytes.getInt());
    }
    return values;
  }

  /** The raw output at {@code index} as FP32. */
  public static List<Float> floatsOf(ModelInferResponse response, int index) {
    ByteBuffer bytes = rawOf(response, index);
    List<Float> values = new ArrayList<>();
    while (bytes.hasRemaining()) {
      values.add(bytes.getFloat());
    }
    return values;
  }

  private static ByteBuffer rawOf(ModelInferResponse response, int index) {
    return response
        .getRawOutputContents(index)
        .asReadOnlyByteBuffer()
        .order(ByteOrder.LITTLE_ENDIAN);
  }
}
