package dev.gatehouse.edge;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Estimates what a message takes on the heap once it is decoded, from its wire form alone and
 * without decoding it: two bytes can stand for an object of a hundred, and one byte for a number of
 * eight, so that the size on the wire bounds nothing.
 *
 * <p>The estimate follows protobuf's wire format (protobuf.dev, "Encoding") and counts, for each
 * field, what its object takes beside its contents.
 */
final class DecodedSize {

  /** What one field takes beside its contents: its object, and its place in a list or a map. */
  static final int FIELD_BYTES = 96;

  /** The deepest nesting that is followed; protobuf's own decoder ends at 100. */
  private static final int DEPTH_MAX = 100;

  private final CodedInputStream in;
  private final long bytesMax;
  private long bytes;

  private DecodedSize(CodedInputStream in, long bytesMax) {
    this.in = in;
    this.bytesMax = bytesMax;
  }

  /**
   * The estimate for the message of type {@code type} that {@code in} holds, in bytes; counting
   * ends once it is more than {@code bytesMax}.
   *
   * @throws IOException if the message is malformed
   */
  static long estimate(CodedInputStream in, Descriptor type, long bytesMax) throws IOException {
    DecodedSize size = new DecodedSize(in, bytesMax);
    size.message(type, 0);
    return size.bytes;
  }

  private void message(@Nullable Descriptor type, int depth) throws IOException {
    if (depth > DEPTH_MAX) {
      throw new InvalidProtocolBufferException("nested too deeply");
    }
    while (bytes <= bytesMax) {
      int tag = in.readTag();
      if (tag == 0 || WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_END_GROUP) {
        return;
      }
      FieldDescriptor field =
          type == null ? null : type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
      bytes += FIELD_BYTES;
      switch (WireFormat.getTagWireType(tag)) {
        case WireFormat.WIRETYPE_LENGTH_DELIMITED -> delimited(field, depth);
        case WireFormat.WIRETYPE_START_GROUP -> message(null, depth + 1);
        default -> {
          boolean ignored = in.skipField(tag);
        }
      }
    }
  }

  private void delimited(@Nullable FieldDescriptor field, int depth) throws IOException {
    int length = in.readRawVarint32();
    if (field != null && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
      int limit = in.pushLimit(length);
      message(field.getMessageType(), depth + 1);
      if (bytes <= bytesMax) {
        in.popLimit(limit);
      }
    } else if (field != null && field.isPackable()) {
      packed(field, length);
    } else {
      bytes += length;
      in.skipRawBytes(length);
    }
  }

  private void packed(FieldDescriptor field, int length) throws IOException {
    int elementBytes =
        switch (field.getJavaType()) {
          case BOOLEAN -> 1;
          case LONG, DOUBLE -> 8;
          default -> 4;
        };
    boolean fixed =
        switch (field.getType()) {
          case FLOAT, DOUBLE, FIXED32, FIXED64, SFIXED32, SFIXED64 -> true;
          default -> false;
        };
    if (fixed) {
      bytes += length;
      in.skipRawBytes(length);
      return;
    }
    int limit = in.pushLimit(length);
    while (in.getBytesUntilLimit() > 0 && bytes <= bytesMax) {
      long ignored = in.readRawVarint64();
      bytes += elementBytes;
    }
    if (bytes <= bytesMax) {
      in.popLimit(limit);
    }
  }
}
