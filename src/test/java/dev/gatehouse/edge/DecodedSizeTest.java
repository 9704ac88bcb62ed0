package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Message;
import dev.gatehouse.stubs.inference.InferTensorContents;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferRequest.InferInputTensor;
import java.io.IOException;
import java.util.Collections;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class DecodedSizeTest {

  private static final long MOST = 1L << 40;

  private static long estimate(Message message) throws IOException {
    return estimate(message.toByteArray(), MOST);
  }

  private static long estimate(byte[] bytes, long most) throws IOException {
    return DecodedSize.estimate(
        CodedInputStream.newInstance(bytes), ModelInferRequest.getDescriptor(), most);
  }

  private static ModelInferRequest contents(InferTensorContents.Builder contents) {
    return ModelInferRequest.newBuilder()
        .addInputs(InferInputTensor.newBuilder().setContents(contents))
        .build();
  }

  @Test
  void estimate_rawMessage_isItsSizeAndLittleMore() throws IOException {
    ModelInferRequest request =
        ModelInferRequest.newBuilder()
            .setModelName("m")
            .addInputs(InferInputTensor.newBuilder().setName("x").addShape(1).addShape(1 << 20))
            .addRawInputContents(ByteString.copyFrom(new byte[1 << 20]))
            .build();
    long size = estimate(request);
    assertTrue(size >= 1 << 20 && size < (1 << 20) + 1_000, "" + size);
  }

  @Test
  void estimate_emptyInputs_countsAnObjectForEach() throws IOException {
    byte[] inputs = new byte[2_000];
    for (int i = 0; i < inputs.length; i += 2) {
      inputs[i] = 0x2a;
    }
    assertEquals(1_000, ModelInferRequest.parseFrom(inputs).getInputsCount());
    assertEquals(1_000L * DecodedSize.FIELD_BYTES, estimate(inputs, MOST));
  }

  @Test
  void estimate_packedNumbers_countsThemAsTheyWillBe() throws IOException {
    var ones = Collections.nCopies(1_000, 1);
    var longs = Collections.nCopies(1_000, 1L);
    long base = estimate(contents(InferTensorContents.newBuilder()));
    long field = DecodedSize.FIELD_BYTES;
    assertEquals(
        base + field + 4_000,
        estimate(contents(InferTensorContents.newBuilder().addAllIntContents(ones))));
    assertEquals(
        base + field + 8_000,
        estimate(contents(InferTensorContents.newBuilder().addAllInt64Contents(longs))));
    assertEquals(
        base + field + 1_000,
        estimate(
            contents(
                InferTensorContents.newBuilder()
                    .addAllBoolContents(Collections.nCopies(1_000, true)))));
    assertEquals(
        base + field + 4_000,
        estimate(
            contents(
                InferTensorContents.newBuilder()
                    .addAllFp32Contents(Collections.nCopies(1_000, 1f)))));
  }

  @Test
  void estimate_beyondTheMost_endsEarly() throws IOException {
    byte[] inputs = new byte[2_000_000];
    for (int i = 0; i < inputs.length; i += 2) {
      inputs[i] = 0x2a;
    }
    long size = estimate(inputs, 10_000);
    assertTrue(size > 10_000 && size < 11_000, "" + size);
  }

  @Test
  void estimate_anyBytes_endsAndIsNeverBelowWhatCanBeDecoded() {
    long seed = 20261121;
    Random random = new Random(seed);
    byte[] good = contents(InferTensorContents.newBuilder().addInt64Contents(5)).toByteArray();
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = random.nextBoolean() ? good.clone() : new byte[random.nextInt(64)];
      if (bytes.length == 0) {
        continue;
      }
      for (int j = 0; j < 4; j++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      long size = -1;
      try {
        size = estimate(bytes, MOST);
      } catch (IOException e) {
        // Malformed for the estimate must be malformed for the decoder; the reverse need not be.
        size = Long.MAX_VALUE;
      }
      try {
        ModelInferRequest decoded = ModelInferRequest.parseFrom(bytes);
        assertTrue(size != Long.MAX_VALUE, "seed " + seed + ", message " + i);
        assertTrue(size >= decoded.getInputsCount(), "seed " + seed + ", message " + i);
      } catch (com.google.protobuf.InvalidProtocolBufferException e) {
        assertTrue(size >= 0);
      }
    }
  }
}
