package dev.gatehouse.core;

import java.util.Optional;

/**
 * The element types Gatehouse takes, under their names of the Open Inference Protocol.
 *
 * <p>The protocol knows more (BF16, INT16, UINT16, UINT32, UINT64, BYTES). Those are refused by
 * name, because the native layer ends the process when it meets them.
 */
public enum Datatype {
  BOOL(1),
  UINT8(1),
  INT8(1),
  INT32(4),
  INT64(8),
  FP16(2),
  FP32(4),
  FP64(8);

  private final int bytes;

  Datatype(int bytes) {
    this.bytes = bytes;
  }

  /** The size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  /** The type of that name, or empty when it is not one that is taken. */
  public static Optional<Datatype> named(String name) {
    return switch (name) {
      case "BOOL" -> Optional.of(BOOL);
      case "UINT8" -> Optional.of(UINT8);
      case "INT8" -> Optional.of(INT8);
      case "INT32" -> Optional.of(INT32);
      case "INT64" -> Optional.of(INT64);
      case "FP16" -> Optional.of(FP16);
      case "FP32" -> Optional.of(FP32);
      case "FP64" -> Optional.of(FP64);
      default -> Optional.empty();
    };
  }
}
