package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.serving.Elements;
import dev.gatehouse.serving.InferenceAnswer;
import dev.gatehouse.stubs.inference.InferTensorContents;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferRequest.InferInputTensor;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ProtocolTensorsTest {

  private static final ModelInferRequest LISTED =
      ModelInferRequest.newBuilder().setId("id").build();
  private static final ModelInferRequest RAW =
      LISTED.toBuilder().addRawInputContents(ByteString.EMPTY).build();

  private static ModelInferResponse response(ModelInferRequest request, InferenceAnswer answer) {
    return ProtocolTensors.response(request, answer, new OutputHeads()).build();
  }

  private static InferenceAnswer answer(Tensor... outputs) {
    return new InferenceAnswer(new ModelName("m"), new VersionId("1"), List.of(outputs));
  }

  private static Tensor random(Datatype datatype, int count) {
    byte[] bytes = new byte[count * datatype.bytes()];
    new Random(datatype.ordinal()).nextBytes(bytes);
    if (datatype == Datatype.BOOL) {
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] &= 1;
      }
    }
    return new Tensor("y", datatype, Shape.of(1, count), ByteBuffer.wrap(bytes));
  }

  /** An output written as contents and read as an input again is the same bytes. */
  @ParameterizedTest
  @EnumSource(value = Datatype.class, mode = EnumSource.Mode.EXCLUDE, names = "FP16")
  void contents_writtenAndRead_areTheSameBits(Datatype datatype) {
    Tensor tensor = random(datatype, 100);
    ModelInferResponse response = response(LISTED, answer(tensor));
    assertEquals(0, response.getRawOutputContentsCount());
    Elements elements = elements(response.getOutputs(0).getContents());
    assertEquals(tensor.data().remaining(), elements.byteCount(datatype));
    assertEquals(tensor.data(), elements.bytes(datatype, 0));
    for (Datatype other : Datatype.values()) {
      boolean shares =
          datatype == Datatype.INT8 && other == Datatype.INT32
              || datatype == Datatype.INT32 && other == Datatype.INT8;
      if (other != datatype && !shares) {
        assertEquals(Elements.UNFIT, elements.byteCount(other), "as " + other);
      }
    }
  }

  private static Elements elements(InferTensorContents contents) {
    ModelInferRequest request =
        ModelInferRequest.newBuilder()
            .addInputs(InferInputTensor.newBuilder().setName("x").setContents(contents))
            .build();
    return ProtocolTensors.inputs(request).getFirst().elements();
  }

  @Test
  void response_form_followsTheRequestUnlessAnyOutputIsHalf() {
    Tensor single = random(Datatype.FP32, 3);
    Tensor half = random(Datatype.FP16, 3);
    assertEquals(1, response(RAW, answer(single)).getRawOutputContentsCount());
    ModelInferResponse mixed = response(LISTED, answer(single, half));
    assertEquals(2, mixed.getRawOutputContentsCount());
    assertFalse(mixed.getOutputs(0).hasContents());
    assertTrue(response(LISTED, answer(single)).getOutputs(0).hasContents());
    assertEquals("id", mixed.getId());
    assertEquals(List.of(1L, 3L), mixed.getOutputs(1).getShapeList());
  }

  @Test
  void inputs_rawAndContentsMixedOrMiscounted_areRefused() {
    InferInputTensor plain = InferInputTensor.newBuilder().setName("x").build();
    InferInputTensor own =
        plain.toBuilder().setContents(InferTensorContents.getDefaultInstance()).build();
    refused("raw_input_contents", RAW);
    refused("raw_input_contents", RAW.toBuilder().addInputs(plain).addInputs(plain).build());
    refused("inputs[0].contents", RAW.toBuilder().addInputs(own).build());
    assertEquals(1, ProtocolTensors.inputs(RAW.toBuilder().addInputs(plain).build()).size());
    assertEquals(0, ProtocolTensors.inputs(LISTED).size());
  }

  private static void refused(String field, ModelInferRequest request) {
    RefusedException refused =
        assertThrows(RefusedException.class, () -> ProtocolTensors.inputs(request));
    assertEquals(field, assertInstanceOf(Refusal.TensorInvalid.class, refused.refusal()).field());
  }

  @Test
  void contents_outsideTheDatatype_areRefusedWithTheirField() {
    for (int value : new int[] {128, -129, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      Elements elements = elements(InferTensorContents.newBuilder().addIntContents(value).build());
      RefusedException refused =
          assertThrows(RefusedException.class, () -> elements.bytes(Datatype.INT8, 0));
      assertEquals(
          "inputs[0].contents",
          assertInstanceOf(Refusal.TensorInvalid.class, refused.refusal()).field());
    }
    for (int value : new int[] {256, -1}) {
      Elements elements = elements(InferTensorContents.newBuilder().addUintContents(value).build());
      assertThrows(RefusedException.class, () -> elements.bytes(Datatype.UINT8, 0));
    }
  }
}
