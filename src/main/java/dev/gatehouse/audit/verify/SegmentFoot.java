package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.merkle.Hash;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The footer of a segment, as found.
 *
 * @param marker the four zero bytes that it begins with, as a number
 */
record SegmentFoot(int marker, int flags, long count, long torn, Hash root, Hash hash) {

  /** The length of a footer, the four zero bytes that it begins with included. */
  static final int BYTES = 85;

  private static final int CLOSED_BY_ANOTHER = 1;

  static SegmentFoot of(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int marker = in.getInt();
    int flags = in.get() & 0xff;
    long count = in.getLong();
    long torn = in.getLong();
    byte[] root = new byte[Hash.BYTES];
    in.get(root);
    byte[] hash = new byte[Hash.BYTES];
    in.get(hash);
    return new SegmentFoot(marker, flags, count, torn, Hash.of(root), Hash.of(hash));
  }

  /** What is wrong with it behind these entries, or null. */
  @Nullable String problem(Chain chain, long entries, Hash entriesRoot) {
    if (marker != 0) {
      return "something stands where its footer belongs";
    }
    if ((flags & ~CLOSED_BY_ANOTHER) != 0) {
      return "its footer has flags that are not known here";
    }
    if (count != entries) {
      return "its footer says that it has " + count + " entries, and there are " + entries;
    }
    if (torn != 0 && flags == 0) {
      return "its footer tells of a torn end that it cannot have";
    }
    if (!root.equals(entriesRoot)) {
      return "its footer bears another root than its entries make";
    }
    return hash.equals(chain.end(flags, count, torn, root))
        ? null
        : "its footer does not fit the chain";
  }
}
