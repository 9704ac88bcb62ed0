package dev.gatehouse.demo;

import static dev.gatehouse.testing.ModelPublisher.tensor;

import com.google.protobuf.ByteString;
import dev.gatehouse.stubs.admin.v1.Signature;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferRequest.InferInputTensor;
import dev.gatehouse.testing.Folders;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.SampleModels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;

/** The sample models that the soak keeps busy, and how often each is called. */
enum SoakModel {
  ADD_SUB("add-sub", "src/test/resources/models/add_sub.pt", SampleModels.ADD_SUB, 30, 4),
  DIGITS(
      "digits",
      "deploy/sample/digits_cnn.pt",
      ModelPublisher.signature(
          List.of(tensor("pixels", "FP32", -1, 64)), List.of(tensor("y", "FP32", -1, 10))),
      24,
      4),
  DICTIONARY(
      "dictionary", "src/test/resources/models/dict_output.pt", SampleModels.DICTIONARY, 12, 4),
  TOKENS("token-mean", "src/test/resources/models/token_mean.pt", SampleModels.TOKEN_MEAN, 12, 3),
  HALF("half", "src/test/resources/models/half.pt", SampleModels.identity("FP16"), 10, 4),
  PICKY("picky", "src/test/resources/models/picky.pt", SampleModels.identity("FP32"), 10, 3),
  SLOW("slow", "src/test/resources/models/slow.pt", SampleModels.SLOW, 1, 2),
  MOBILENET(
      "mobilenet",
      "src/bench/resources/mobilenet_v3_small_random.pt",
      ModelPublisher.signature(
          List.of(tensor("image", "FP32", -1, 3, 224, 224)),
          List.of(tensor("logits", "FP32", -1, 1000))),
      1,
      2);

  /** Elements of a row where the signature leaves it open, at most. */
  static final int WIDTH_MAX = 6;

  private static final int HALF_ONE = 0x3C00;

  /**
   * What {@link #SLOW} is asked in every row: it works as often as the first row of its batch says,
   * so that other values would get other answers in other company.
   */
  private static final float WORK = 8;

  private final String modelId;
  private final String file;
  private final Signature signature;
  private final int weight;
  private final int rowsMax;

  SoakModel(String modelId, String file, Signature signature, int weight, int rowsMax) {
    this.modelId = modelId;
    this.file = file;
    this.signature = signature;
    this.weight = weight;
    this.rowsMax = rowsMax;
  }

  String modelId() {
    return modelId;
  }

  Path artifact() {
    return Folders.project(file);
  }

  Signature signature() {
    return signature;
  }

  /** How often it is called: the chance is this over the sum of all. */
  int weight() {
    return weight;
  }

  /** A request of the model that it answers. */
  ModelInferRequest request(RandomGenerator random) {
    int rows = 1 + random.nextInt(rowsMax);
    int width = 1 + random.nextInt(WIDTH_MAX);
    ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName(modelId);
    for (var input : signature.getInputsList()) {
      InferInputTensor.Builder tensor =
          InferInputTensor.newBuilder()
              .setName(input.getName())
              .setDatatype(input.getDatatype())
              .addShape(rows);
      int elements = rows;
      for (long dimension : input.getShapeList().subList(1, input.getShapeCount())) {
        int size = dimension == -1 ? width : (int) dimension;
        tensor.addShape(size);
        elements *= size;
      }
      request.addInputs(tensor);
      request.addRawInputContents(elements(input.getDatatype(), elements, random));
    }
    return request.build();
  }

  /** A request that the model's own code fails on; only {@link #PICKY} has one. */
  static ModelInferRequest poison() {
    ByteBuffer one = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, -1);
    return ModelInferRequest.newBuilder()
        .setModelName(PICKY.modelId)
        .addInputs(
            InferInputTensor.newBuilder().setName("x").setDatatype("FP32").addShape(1).addShape(1))
        .addRawInputContents(ByteString.copyFrom(one))
        .build();
  }

  private ByteString elements(String datatype, int count, RandomGenerator random) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * count).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      switch (datatype) {
        case "INT32" -> bytes.putInt(random.nextInt(1_000_000));
        case "INT64" -> bytes.putLong(random.nextInt(100));
        case "FP32" -> bytes.putFloat(this == SLOW ? WORK : random.nextInt(16));
        case "FP16" -> bytes.putShort((short) HALF_ONE);
        default -> throw new IllegalArgumentException(datatype);
      }
    }
    return ByteString.copyFrom(bytes.flip());
  }
}
