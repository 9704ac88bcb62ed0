package dev.gatehouse.edge;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.serving.Elements;
import dev.gatehouse.serving.InferenceAnswer;
import dev.gatehouse.serving.OfferedTensor;
import dev.gatehouse.stubs.inference.InferTensorContents;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferRequest.InferInputTensor;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Tensors between their forms on the wire, raw or listed by type, and ours. */
final class ProtocolTensors {

  private ProtocolTensors() {}

  /**
   * The inputs of a request.
   *
   * @throws RefusedException with {@code TensorInvalid} if raw and listed elements are mixed, with
   *     {@code ArgumentInvalid} if the elements are said to lie in shared memory
   */
  static List<OfferedTensor> inputs(ModelInferRequest request) {
    boolean raw = request.getRawInputContentsCount() > 0;
    int count = request.getInputsCount();
    if (raw && request.getRawInputContentsCount() != count) {
      throw refused("raw_input_contents", "as many as inputs, or none");
    }
    List<OfferedTensor> tensors = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      InferInputTensor input = request.getInputs(i);
      if (input.getParametersCount() > 0) {
        RequestParameters.requireOffered("inputs", i, input.getParametersMap());
      }
      if (raw && input.hasContents()) {
        throw refused("inputs[" + i + "].contents", "not together with raw_input_contents");
      }
      Elements elements =
          raw
              ? new RawElements(request.getRawInputContents(i))
              : new ListedElements(input.getContents());
      tensors.add(
          new OfferedTensor(input.getName(), input.getDatatype(), input.getShapeList(), elements));
    }
    return tensors;
  }

  /** The response, in the form that the request's form and the outputs' types ask for. */
  static ModelInferResponse.Builder response(
      ModelInferRequest request, InferenceAnswer answer, OutputHeads heads) {
    ModelInferResponse.Builder response =
        ModelInferResponse.newBuilder()
            .setModelName(answer.model().value())
            .setModelVersion(answer.version().value())
            .setId(request.getId());
    List<Tensor> outputs = answer.outputs();
    boolean raw = request.getRawInputContentsCount() > 0 || anyHalf(outputs);
    for (int i = 0; i < outputs.size(); i++) {
      Tensor tensor = outputs.get(i);
      if (raw) {
        response.addRawOutputContents(bytes(tensor.data())).addOutputs(heads.of(tensor));
      } else {
        response.addOutputs(heads.of(tensor).toBuilder().setContents(listed(tensor)));
      }
    }
    return response;
  }

  /** The bytes as they are: they are this call's own and never written again. */
  private static ByteString bytes(ByteBuffer data) {
    return data.hasArray()
        ? UnsafeByteOperations.unsafeWrap(
            data.array(), data.arrayOffset() + data.position(), data.remaining())
        : UnsafeByteOperations.unsafeWrap(data);
  }

  private static boolean anyHalf(List<Tensor> outputs) {
    for (Tensor tensor : outputs) {
      if (tensor.datatype() == Datatype.FP16) {
        return true;
      }
    }
    return false;
  }

  private static InferTensorContents listed(Tensor tensor) {
    InferTensorContents.Builder contents = InferTensorContents.newBuilder();
    ByteBuffer bytes = tensor.bytes();
    while (bytes.hasRemaining()) {
      switch (tensor.datatype()) {
        case BOOL -> contents.addBoolContents(bytes.get() != 0);
        case UINT8 -> contents.addUintContents(Byte.toUnsignedInt(bytes.get()));
        case INT8 -> contents.addIntContents(bytes.get());
        case INT32 -> contents.addIntContents(bytes.getInt());
        case INT64 -> contents.addInt64Contents(bytes.getLong());
        case FP32 -> contents.addFp32Contents(bytes.getFloat());
        case FP64 -> contents.addFp64Contents(bytes.getDouble());
        case FP16 -> throw new IllegalStateException("FP16 travels raw only");
      }
    }
    return contents.build();
  }

  private static RefusedException refused(String field, String description) {
    return new RefusedException(new Refusal.TensorInvalid(field, description));
  }

  /** Bytes as they will be run. */
  private record RawElements(ByteString raw) implements Elements {

    @Override
    public long byteCount(Datatype datatype) {
      return raw.size();
    }

    @Override
    public ByteBuffer bytes(Datatype datatype, int index) {
      return raw.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  /** Elements in the list of their type. */
  private record ListedElements(InferTensorContents contents) implements Elements {

    @Override
    public long byteCount(Datatype datatype) {
      int count = count(datatype);
      if (count < 0 || count != all()) {
        return UNFIT;
      }
      return (long) count * datatype.bytes();
    }

    /** How many elements stand in the list of that type, or -1 if it has none. */
    private int count(Datatype datatype) {
      return switch (datatype) {
        case BOOL -> contents.getBoolContentsCount();
        case UINT8 -> contents.getUintContentsCount();
        case INT8, INT32 -> contents.getIntContentsCount();
        case INT64 -> contents.getInt64ContentsCount();
        case FP32 -> contents.getFp32ContentsCount();
        case FP64 -> contents.getFp64ContentsCount();
        case FP16 -> -1;
      };
    }

    /** How many elements stand in any list. */
    private int all() {
      return contents.getBoolContentsCount()
          + contents.getIntContentsCount()
          + contents.getInt64ContentsCount()
          + contents.getUintContentsCount()
          + contents.getUint64ContentsCount()
          + contents.getFp32ContentsCount()
          + contents.getFp64ContentsCount()
          + contents.getBytesContentsCount();
    }

    @Override
    public ByteBuffer bytes(Datatype datatype, int index) {
      int count = count(datatype);
      ByteBuffer bytes =
          ByteBuffer.allocate(Math.multiplyExact(count, datatype.bytes()))
              .order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < count; i++) {
        put(bytes, datatype, i, index);
      }
      return bytes.flip();
    }

    private void put(ByteBuffer bytes, Datatype datatype, int i, int index) {
      switch (datatype) {
        case BOOL -> bytes.put((byte) (contents.getBoolContents(i) ? 1 : 0));
        case UINT8 -> bytes.put((byte) within(contents.getUintContents(i), 0, 255, index));
        case INT8 -> bytes.put((byte) within(contents.getIntContents(i), -128, 127, index));
        case INT32 -> bytes.putInt(contents.getIntContents(i));
        case INT64 -> bytes.putLong(contents.getInt64Contents(i));
        case FP32 -> bytes.putFloat(contents.getFp32Contents(i));
        case FP64 -> bytes.putDouble(contents.getFp64Contents(i));
        case FP16 -> throw new IllegalStateException("FP16 travels raw only");
      }
    }

    private static int within(int value, int least, int most, int index) {
      if (value < least || value > most) {
        throw refused("inputs[" + index + "].contents", "a value is outside the datatype");
      }
      return value;
    }
  }
}
