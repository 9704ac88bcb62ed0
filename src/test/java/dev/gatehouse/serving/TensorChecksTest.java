package dev.gatehouse.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.TensorSpec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class TensorChecksTest {

  private static final Signature SIGNATURE =
      new Signature(
          List.of(
              new TensorSpec("a", Datatype.FP32, Shape.of(-1, 2)),
              new TensorSpec("flag", Datatype.BOOL, Shape.of(-1, -1))),
          List.of(
              new TensorSpec("y", Datatype.FP32, Shape.of(-1, 2)),
              new TensorSpec("z", Datatype.FP32, Shape.of(-1))));

  /** Elements that lie there as bytes. */
  private record Bytes(ByteBuffer buffer) implements Elements {
    @Override
    public long byteCount(Datatype datatype) {
      return buffer.remaining();
    }

    @Override
    public ByteBuffer bytes(Datatype datatype, int index) {
      return buffer;
    }
  }

  private static OfferedTensor offered(String name, String type, byte[] bytes, Long... shape) {
    return new OfferedTensor(name, type, List.of(shape), new Bytes(ByteBuffer.wrap(bytes)));
  }

  private static final OfferedTensor A = offered("a", "FP32", new byte[24], 3L, 2L);
  private static final OfferedTensor FLAG = offered("flag", "BOOL", new byte[] {0, 1, 1}, 3L, 1L);

  private static List<Tensor> check(OfferedTensor... offered) {
    return TensorChecks.inputs(SIGNATURE, List.of(offered), 4);
  }

  private static void refused(String field, OfferedTensor... offered) {
    assertField(field, () -> check(offered));
  }

  private static void assertField(
      String field, org.junit.jupiter.api.function.Executable executable) {
    RefusedException refused = assertThrows(RefusedException.class, executable);
    Refusal.TensorInvalid invalid =
        assertInstanceOf(Refusal.TensorInvalid.class, refused.refusal());
    assertEquals(field, invalid.field(), invalid.toString());
  }

  @Test
  void inputs_good_comeInTheSignaturesOrderWithoutACopy() {
    for (List<Tensor> tensors : List.of(check(A, FLAG), check(FLAG, A))) {
      assertEquals("a", tensors.get(0).name());
      assertEquals("flag", tensors.get(1).name());
      assertEquals(3, tensors.get(0).rows());
      assertSame(((Bytes) A.elements()).buffer(), tensors.get(0).data());
    }
  }

  @Test
  void inputs_namesAndCounts_areChecked() {
    refused("inputs");
    refused("inputs", A);
    refused("inputs", A, FLAG, A);
    refused("inputs[1].name", A, A);
    refused("inputs[0].name", offered("A", "FP32", new byte[24], 3L, 2L), FLAG);
    refused("inputs[1].shape", A, offered("flag", "BOOL", new byte[2], 2L, 1L));
    refused("inputs[0].shape", offered("a", "FP32", new byte[40], 5L, 2L), FLAG);
  }

  @Test
  void inputs_typesShapesAndBytes_areCheckedInThisOrder() {
    refused("inputs[0].datatype", offered("a", "BF16", new byte[0]));
    refused("inputs[0].datatype", offered("a", "FP64", new byte[48], 3L, 2L));
    refused("inputs[0].shape", offered("a", "FP32", new byte[0]));
    refused("inputs[0].shape", offered("a", "FP32", new byte[24], 3L, 3L));
    refused("inputs[0].shape", offered("a", "FP32", new byte[24], -3L, -2L));
    refused("inputs[0].shape", offered("a", "FP32", new byte[0], 0L, 2L));
    refused("inputs[0].shape", offered("a", "FP32", new byte[0], 1L << 62, 2L));
    refused("inputs[0].shape", offered("flag", "BOOL", new byte[0], 1L << 32, 1L << 32));
    refused("inputs[0]", offered("a", "FP32", new byte[23], 3L, 2L));
    refused("inputs[0]", offered("a", "FP32", new byte[25], 3L, 2L));
    refused("inputs[0]", offered("flag", "BOOL", new byte[] {0, 2, 1}, 3L, 1L));
  }

  @Test
  void outputs_wanted_areFoundInTheirOrder() {
    assertArrayEquals(new int[0], TensorChecks.outputs(SIGNATURE, List.of()));
    assertArrayEquals(new int[] {1, 0}, TensorChecks.outputs(SIGNATURE, List.of("z", "y")));
    assertField("outputs[0].name", () -> TensorChecks.outputs(SIGNATURE, List.of("a")));
    assertField("outputs[1].name", () -> TensorChecks.outputs(SIGNATURE, List.of("y", "y")));
    assertField("outputs", () -> TensorChecks.outputs(SIGNATURE, List.of("y", "z", "y")));
  }

  /** Whatever is offered is either refused as a tensor or fits: nothing else is ever thrown. */
  @Test
  void inputs_anything_isRefusedOrFits() {
    long seed = 20261121;
    Random random = new Random(seed);
    long[] dimensions = {1, 2, 3, 4, 5, 0, -1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 62, 1L << 31};
    String[] types = {"FP32", "BOOL", "INT64", "BF16", ""};
    for (int i = 0; i < 50_000; i++) {
      List<OfferedTensor> offered = new ArrayList<>();
      for (int tensors = random.nextInt(4); tensors > 0; tensors--) {
        Long[] shape = new Long[random.nextInt(4)];
        for (int d = 0; d < shape.length; d++) {
          shape[d] = dimensions[random.nextInt(random.nextBoolean() ? 4 : dimensions.length)];
        }
        offered.add(
            offered(
                random.nextBoolean() ? "a" : "flag",
                types[random.nextInt(types.length)],
                new byte[8 * random.nextInt(5)],
                shape));
      }
      try {
        List<Tensor> tensors = TensorChecks.inputs(SIGNATURE, offered, 4);
        assertEquals(2, tensors.size());
        assertEquals(tensors.get(0).rows(), tensors.get(1).rows());
      } catch (RefusedException e) {
        assertInstanceOf(Refusal.TensorInvalid.class, e.refusal(), "seed " + seed);
      }
    }
  }
}
