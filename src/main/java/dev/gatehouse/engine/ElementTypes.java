package dev.gatehouse.engine;

import ai.djl.ndarray.types.DataType;
import dev.gatehouse.core.Datatype;

/**
 * The element types of the protocol as DJL names them.
 *
 * <p>Only these may ever be handed to DJL: its native layer ends the process on any other.
 */
final class ElementTypes {

  private ElementTypes() {}

  static DataType of(Datatype datatype) {
    return switch (datatype) {
      case BOOL -> DataType.BOOLEAN;
      case UINT8 -> DataType.UINT8;
      case INT8 -> DataType.INT8;
      case INT32 -> DataType.INT32;
      case INT64 -> DataType.INT64;
      case FP16 -> DataType.FLOAT16;
      case FP32 -> DataType.FLOAT32;
      case FP64 -> DataType.FLOAT64;
    };
  }

  /** The protocol's name of a type that a model gave, for messages. */
  static String name(DataType type) {
    for (Datatype datatype : Datatype.values()) {
      if (of(datatype) == type) {
        return datatype.name();
      }
    }
    return type == DataType.COMPLEX64 ? "complex numbers" : "an element type that is not taken";
  }
}
