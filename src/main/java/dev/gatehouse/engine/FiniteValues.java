package dev.gatehouse.engine;

import dev.gatehouse.core.Datatype;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Looks for NaN and infinity, eight bytes at a time and without a branch for each element.
 *
 * <p>Both have an exponent of ones only. With the signs masked out, adding one to the exponents
 * carries into the place of the sign exactly then, and never beyond it into the next element.
 */
final class FiniteValues {

  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private FiniteValues() {}

  /** Whether all elements are finite: of floating point numbers, little-endian, or any others. */
  static boolean all(Datatype datatype, byte[] elements) {
    return switch (datatype) {
      case FP16 -> all(elements, 0x8000_8000_8000_8000L, 0x0400_0400_0400_0400L);
      case FP32 -> all(elements, 0x8000_0000_8000_0000L, 0x0080_0000_0080_0000L);
      case FP64 -> all(elements, 0x8000_0000_0000_0000L, 0x0010_0000_0000_0000L);
      case BOOL, UINT8, INT8, INT32, INT64 -> true;
    };
  }

  private static boolean all(byte[] elements, long signs, long exponentOne) {
    long found = 0;
    int whole = elements.length & -Long.BYTES;
    for (int i = 0; i < whole; i += Long.BYTES) {
      found |= ((long) WORD.get(elements, i) & ~signs) + exponentOne;
    }
    long rest = 0;
    for (int i = whole; i < elements.length; i++) {
      rest |= (elements[i] & 0xffL) << (Byte.SIZE * (i - whole));
    }
    found |= (rest & ~signs) + exponentOne;
    return (found & signs) == 0;
  }
}
