package dev.gatehouse.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class ShapeTest {

  @Test
  void of_tooManyDimensionsOrBelowVariable_isRefused() {
    assertEquals(8, Shape.of(1, 1, 1, 1, 1, 1, 1, 1).rank());
    assertThrows(IllegalArgumentException.class, () -> Shape.of(new long[9]));
    assertThrows(IllegalArgumentException.class, () -> Shape.of(1, -2));
    assertThrows(IllegalArgumentException.class, () -> Shape.of(Long.MIN_VALUE));
  }

  @Test
  void of_array_isCopied() {
    long[] dimensions = {1, 2};
    Shape shape = Shape.of(dimensions);
    dimensions[0] = 9;
    shape.toArray()[1] = 9;
    assertEquals(Shape.of(1, 2), shape);
    assertEquals(Shape.of(1, 2).hashCode(), shape.hashCode());
    assertEquals("[1, 2]", shape.toString());
  }

  @Test
  void elements_product_overflowsLoudly() {
    assertEquals(1, Shape.of().elements());
    assertEquals(24, Shape.of(2, 3, 4).elements());
    assertEquals(Long.MAX_VALUE, Shape.of(Long.MAX_VALUE, 1).elements());
    assertEquals(0, Shape.of(0, 4).elements());
    assertThrows(ArithmeticException.class, () -> Shape.of(1L << 62, 4).elements());
    assertThrows(ArithmeticException.class, () -> Shape.of(1L << 62, 4, 0).elements());
    assertThrows(ArithmeticException.class, () -> Shape.of(-1, 4).elements());
  }

  @Test
  void admits_variableDimensions_whateverStandsThere() {
    Shape declared = Shape.of(-1, 4);
    assertTrue(declared.admits(Shape.of(7, 4)));
    assertFalse(declared.admits(Shape.of(7, 5)));
    assertFalse(declared.admits(Shape.of(7)));
    assertFalse(declared.admits(Shape.of(7, 4, 1)));
    assertTrue(declared.variable());
    assertFalse(declared.trailing().variable());
    assertEquals(Shape.of(3, 4), declared.withRows(3));
  }

  @Test
  void names_onlyThePattern_isTaken() {
    for (String good : new String[] {"a", "0", "-", "a-b-9", "a".repeat(63)}) {
      assertTrue(ModelName.valid(good) && VersionId.valid(good) && CallerId.valid(good), good);
      assertEquals(good, new TeamName(good).toString());
    }
    for (String bad :
        new String[] {"", "A", "a_b", "a.b", "a/b", "a b", "é", "a\n", "ａ", "a".repeat(64)}) {
      assertFalse(ModelName.valid(bad) || TeamName.valid(bad), bad);
      assertThrows(IllegalArgumentException.class, () -> new ModelName(bad));
    }
  }

  @Test
  void datatype_namesOfTheProtocolThatEndTheProcess_areNone() {
    for (String bad :
        new String[] {"BF16", "INT16", "UINT16", "UINT32", "UINT64", "BYTES", "fp32", ""}) {
      assertTrue(Datatype.named(bad).isEmpty(), bad);
    }
    for (Datatype each : Datatype.values()) {
      assertEquals(each, Datatype.named(each.name()).orElseThrow());
      assertTrue(Arrays.asList(1, 2, 4, 8).contains(each.bytes()));
    }
  }
}
