package dev.gatehouse.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SignatureTest {

  private static TensorSpec spec(String name, long... shape) {
    return new TensorSpec(name, Datatype.FP32, Shape.of(shape));
  }

  @Test
  void signature_badTensors_areRefused() {
    TensorSpec x = spec("x", -1, 4);
    assertThrows(IllegalArgumentException.class, () -> new Signature(List.of(), List.of(x)));
    assertThrows(IllegalArgumentException.class, () -> new Signature(List.of(x), List.of()));
    assertThrows(IllegalArgumentException.class, () -> new Signature(List.of(x, x), List.of(x)));
    List<TensorSpec> many = new ArrayList<>();
    for (int i = 0; i < 65; i++) {
      many.add(spec("x" + i, -1));
    }
    assertThrows(IllegalArgumentException.class, () -> new Signature(many, List.of(x)));
    assertEquals(64, new Signature(many.subList(0, 64), List.of(x)).inputs().size());
  }

  @Test
  void signature_lists_areCopiedAndFoundByName() {
    List<TensorSpec> inputs = new ArrayList<>(List.of(spec("x", -1)));
    Signature signature = new Signature(inputs, List.of(spec("y", -1)));
    inputs.clear();
    assertEquals("x", signature.input("x").orElseThrow().name());
    assertTrue(signature.input("y").isEmpty());
    assertEquals("y", signature.output("y").orElseThrow().name());
    assertTrue(signature.output("x").isEmpty());
  }

  @Test
  void tensorSpec_badNamesAndShapes_areRefused() {
    for (String name : List.of("", " ", "a b", "é", "a\u007f", "a\n", "x".repeat(129))) {
      assertThrows(IllegalArgumentException.class, () -> spec(name, -1), name);
    }
    assertEquals(128, spec("x".repeat(128), -1).name().length());
    for (long[] shape : List.of(new long[0], new long[] {1}, new long[] {-1, 0})) {
      assertThrows(IllegalArgumentException.class, () -> spec("x", shape));
    }
  }

  @Test
  void tensor_bytesThatDoNotFit_areRefusedAndContentsStayUnprinted() {
    ByteBuffer bytes = ByteBuffer.wrap(new byte[] {1, 2, 3, 4});
    Tensor tensor = new Tensor("x", Datatype.INT32, Shape.of(1, 1), bytes);
    assertEquals(0x04030201, tensor.bytes().getInt());
    assertEquals(ByteOrder.LITTLE_ENDIAN, tensor.bytes().order());
    assertEquals(0, tensor.data().position());
    assertEquals(1, tensor.rows());
    assertEquals("x:INT32[1, 1]", tensor.toString());
    assertThrows(
        IllegalArgumentException.class,
        () -> new Tensor("x", Datatype.INT32, Shape.of(2, 1), bytes));
    assertThrows(
        ArithmeticException.class,
        () -> new Tensor("x", Datatype.INT32, Shape.of(1L << 62, 1), bytes));
  }

  @Test
  void deadline_orderAndRemainder_holdAcrossTheTickersWrap() {
    Deadline soon = Deadline.at(Long.MAX_VALUE - 5);
    Deadline later = Deadline.at(Long.MIN_VALUE + 5);
    assertEquals(soon, soon.earlier(later));
    assertEquals(soon, later.earlier(soon));
    assertEquals(soon, Deadline.NONE.earlier(soon));
    assertEquals(soon, soon.earlier(Deadline.NONE));
    assertTrue(!later.passed(Long.MAX_VALUE));
    assertTrue(later.passed(Long.MIN_VALUE + 5));
    assertEquals(11, later.remainingNanos(Long.MAX_VALUE - 5));
    assertTrue(!Deadline.NONE.passed(Long.MAX_VALUE));
    assertEquals(Long.MAX_VALUE, Deadline.NONE.remainingNanos(7));
    assertEquals(
        Collections.singletonList(Deadline.at(30)),
        List.of(Deadline.after(java.time.Duration.ofNanos(20), () -> 10)));
  }
}
