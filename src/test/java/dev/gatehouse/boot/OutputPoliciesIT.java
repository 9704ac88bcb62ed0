package dev.gatehouse.boot;

import static dev.gatehouse.boot.GrantedGateway.dictionary;
import static dev.gatehouse.testing.Infer.floatsOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.inference.InferTensorContents;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferRequest.InferRequestedOutputTensor;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import dev.gatehouse.testing.Folders;
import dev.gatehouse.testing.Infer;
import dev.gatehouse.testing.InferStream;
import dev.gatehouse.testing.RawCalls;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SampleModels;
import io.grpc.Status;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a grant gives of the answers of real models, in every form in which answers travel. */
final class OutputPoliciesIT {

  private static final int DIGITS = 12;
  private static final int CLASSES = 10;

  private static GrantedGateway gateway;

  @BeforeAll
  static void start() {
    gateway = new GrantedGateway(Map.of());
    gateway.publishSamples();
    gateway.publish(
        "parts",
        "identity.pt",
        SampleModels.identity("FP32"),
        Deployment.newBuilder()
            .setMaxBatchRows(4)
            .setOversizedCalls(Deployment.OversizedCalls.OVERSIZED_CALLS_SPLIT)
            .build());
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  /** Grants a model with policies, each as the database has it. */
  private static void grant(String model, String... policies) {
    String array =
        List.of(policies).stream()
            .map(policy -> "'" + policy + "'")
            .collect(Collectors.joining(", ", "array[", "]::varchar[]"));
    gateway.grant(model, "policed", Map.of("output_policies", array));
  }

  private static ModelInferResponse infer(ModelInferRequest request) {
    return gateway.infer(request).answer();
  }

  private static ModelInferRequest digits() throws IOException {
    List<Float> pixels = new ArrayList<>();
    Files.readAllLines(Folders.project("src/test/resources/models/digits_test.csv")).stream()
        .skip(1)
        .limit(DIGITS)
        .forEach(
            line -> {
              String[] columns = line.split(",", -1);
              for (int i = 0; i < 64; i++) {
                pixels.add(Float.valueOf(columns[i]));
              }
            });
    float[] values = new float[pixels.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = pixels.get(i);
    }
    return ModelInferRequest.newBuilder()
        .setModelName("digits")
        .addInputs(Infer.input("pixels", "FP32", DIGITS, 64))
        .addRawInputContents(ByteString.copyFrom(Infer.bytes(values)))
        .build();
  }

  private static ModelInferRequest wanting(ModelInferRequest request, String... outputs) {
    ModelInferRequest.Builder builder = request.toBuilder();
    for (String output : outputs) {
      builder.addOutputs(InferRequestedOutputTensor.newBuilder().setName(output));
    }
    return builder.build();
  }

  /** Keeps the {@code k} greatest of each row; rows without ties. */
  private static List<Float> topK(List<Float> scores, int classes, int k, float withheld) {
    List<Float> given = new ArrayList<>();
    for (int row = 0; row < scores.size(); row += classes) {
      List<Float> of = scores.subList(row, row + classes);
      List<Float> sorted = of.stream().sorted(Collections.reverseOrder()).toList();
      of.forEach(score -> given.add(score >= sorted.get(k - 1) ? score : withheld));
    }
    return given;
  }

  private static List<Float> labels(List<Float> scores, int classes) {
    return topK(scores, classes, 1, Float.NaN).stream()
        .map(score -> score.isNaN() ? 0f : 1f)
        .toList();
  }

  private static List<Float> rounded(List<Float> scores, int decimals) {
    return scores.stream()
        .map(score -> new BigDecimal(score).setScale(decimals, RoundingMode.HALF_EVEN).floatValue())
        .toList();
  }

  @Test
  void digits_eachDetail_isWhatIsGiven() throws IOException {
    grant("digits");
    List<Float> logits = floatsOf(infer(digits()), 0);
    grant("digits", "ALL:0:0:LOGITS:");
    assertEquals(logits, floatsOf(infer(digits()), 0));
    grant("digits", "TOP_K:3:0:LOGITS:");
    assertEquals(topK(logits, CLASSES, 3, -Float.MAX_VALUE), floatsOf(infer(digits()), 0));
    grant("digits", "TOP_K:1:0:PROBABILITIES:logits");
    assertEquals(topK(logits, CLASSES, 1, 0), floatsOf(infer(digits()), 0));
    grant("digits", "ROUNDED:0:1:LOGITS:logits");
    List<Float> rounded = floatsOf(infer(digits()), 0);
    assertEquals(rounded(logits, 1), rounded);
    assertNotEquals(logits, rounded);
    grant("digits", "LABEL_ONLY:0:0:LOGITS:");
    assertEquals(labels(logits, CLASSES), floatsOf(infer(digits()), 0));
  }

  @Test
  void dictionary_policyForEachOutput_holdsForItWhateverIsAsked() {
    grant("dictionary");
    ModelInferResponse all = infer(dictionary(5));
    List<Float> logits = floatsOf(all, 0);
    List<Float> probabilities = floatsOf(all, 1);
    grant("dictionary", "LABEL_ONLY:0:0:LOGITS:logits", "TOP_K:2:0:PROBABILITIES:");
    ModelInferResponse given = infer(dictionary(5));
    assertEquals(labels(logits, 3), floatsOf(given, 0));
    assertEquals(topK(probabilities, 3, 2, 0), floatsOf(given, 1));
    ModelInferResponse turned = infer(wanting(dictionary(5), "probabilities", "logits"));
    assertEquals(topK(probabilities, 3, 2, 0), floatsOf(turned, 0));
    assertEquals(labels(logits, 3), floatsOf(turned, 1));
    ModelInferResponse one = infer(wanting(dictionary(5), "logits"));
    assertEquals(1, one.getOutputsCount());
    assertEquals(labels(logits, 3), floatsOf(one, 0));
    assertEquals(all.getOutputsList(), given.getOutputsList());
  }

  @Test
  void dictionary_listedContents_areGivenTheSame() {
    grant("dictionary", "ROUNDED:0:2:PROBABILITIES:probabilities", "ALL:0:0:LOGITS:logits");
    List<Float> raw = floatsOf(infer(dictionary(1)), 1);
    InferTensorContents.Builder contents = InferTensorContents.newBuilder();
    ByteBuffer bytes =
        dictionary(1).getRawInputContents(0).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      contents.addFp32Contents(bytes.getFloat());
    }
    ModelInferResponse listed =
        infer(Infer.listed("dictionary", Infer.input("x", "FP32", 1, 4), contents).build());
    assertEquals(0, listed.getRawOutputContentsCount());
    assertEquals(raw, listed.getOutputs(1).getContents().getFp32ContentsList());
    assertEquals(rounded(raw, 2), raw);
  }

  @Test
  void dictionary_streamed_isGivenTheSame() {
    grant("dictionary", "LABEL_ONLY:0:0:LOGITS:");
    List<Float> unary = floatsOf(infer(dictionary(5)), 1);
    InferStream stream =
        InferStream.open(
            gateway.client().channel(),
            RawCalls.headers("Bearer " + gateway.orders().accessToken()),
            1);
    stream.send(dictionary(5));
    assertEquals(unary, floatsOf(stream.awaitAnswers(1).getFirst().getInferResponse(), 1));
    stream.halfClose();
    assertTrue(unary.stream().allMatch(score -> score == 0 || score == 1), unary.toString());
  }

  @Test
  void dictionary_outputWithoutPolicy_isWithheld() {
    grant("dictionary", "TOP_K:1:0:PROBABILITIES:probabilities");
    assertEquals(1, infer(wanting(dictionary(1), "probabilities")).getOutputsCount());
    double before = executions("dictionary");
    for (ModelInferRequest request : List.of(dictionary(1), wanting(dictionary(1), "logits"))) {
      Refused.is(
          Status.Code.FAILED_PRECONDITION, Reason.STATE_INVALID, gateway.infer(request).refused());
    }
    assertEquals(before, executions("dictionary"));
  }

  private static double executions(String model) {
    return gateway.metric("gatehouse_model_executions_total", Map.of("model", model));
  }

  @Test
  void addSub_policyForScores_doesNotFit() {
    grant("add-sub", "TOP_K:1:0:PROBABILITIES:sum", "ALL:0:0:PROBABILITIES:");
    ModelInferRequest request = Infer.addSub(1, 2).build();
    Refused.is(
        Status.Code.FAILED_PRECONDITION, Reason.STATE_INVALID, gateway.infer(request).refused());
    assertEquals(-1, Infer.intsOf(infer(wanting(request, "difference")), 0).getFirst());
    assertEquals(1, executions("add-sub"));
  }

  @Test
  void half_fp16_isGivenAsFp16() {
    grant("half", "TOP_K:2:0:LOGITS:");
    float[] scores = {1.5f, -3, Float.NaN, 70_000f, 1.5f, 0.25f};
    ByteBuffer bytes = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    for (float score : scores) {
      bytes.putShort(Float.floatToFloat16(score));
    }
    ModelInferResponse response =
        infer(Infer.raw("half", Infer.input("x", "FP16", 2, 3), bytes.array()).build());
    ByteBuffer given =
        response.getRawOutputContents(0).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    List<Float> values = new ArrayList<>();
    while (given.hasRemaining()) {
      values.add(Float.float16ToFloat(given.getShort()));
    }
    assertEquals(List.of(1.5f, -3f, -65_504f, Float.POSITIVE_INFINITY, 1.5f, -65_504f), values);
  }

  @Test
  void parts_splitCall_isGivenAsAWhole() {
    grant("parts", "LABEL_ONLY:0:0:LOGITS:");
    int rows = 11;
    float[] values = new float[rows * 3];
    List<Float> scores = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      values[i] = (i * 13 % 29) - 7;
      scores.add(values[i]);
    }
    ModelInferResponse response =
        infer(Infer.raw("parts", Infer.input("x", "FP32", rows, 3), Infer.bytes(values)).build());
    assertEquals(labels(scores, 3), floatsOf(response, 0));
  }
}
