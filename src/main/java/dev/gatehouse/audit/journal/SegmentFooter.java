package dev.gatehouse.audit.journal;

import dev.gatehouse.audit.merkle.Frontier;
import dev.gatehouse.audit.merkle.Hash;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The end of a segment that was closed.
 *
 * @param byAnother whether another process closed it after its own had died
 * @param count the records
 * @param torn the bytes that were cut off behind the last whole record
 * @param root the root of the tree of its entries
 * @param hash the hash that ends its chain
 */
public record SegmentFooter(boolean byAnother, long count, long torn, Hash root, Hash hash) {

  /** The length of a footer. */
  public static final int BYTES = 85;

  private static final int BY_ANOTHER = 1;

  /** The footer of a segment whose last chain hash is {@code chain}. */
  static SegmentFooter of(byte[] chain, boolean byAnother, long count, long torn, Hash root) {
    Hash hash = new ChainHasher().footer(chain, flags(byAnother), count, torn, root);
    return new SegmentFooter(byAnother, count, torn, root, hash);
  }

  /** Its bytes in a file. */
  byte[] bytes() {
    ByteBuffer out = ByteBuffer.allocate(BYTES);
    out.putInt(0).put((byte) flags(byAnother)).putLong(count).putLong(torn);
    out.put(root.bytes()).put(hash.bytes());
    return out.array();
  }

  private static int flags(boolean byAnother) {
    return byAnother ? BY_ANOTHER : 0;
  }

  /**
   * How a file ends whose footer comes next.
   *
   * @param chain the last chain hash before it
   * @param tree the entries before it
   */
  static SegmentEnd end(Input in, byte[] chain, Frontier tree) throws IOException {
    long position = in.position();
    if (!in.has(BYTES)) {
      return new SegmentEnd.Torn(position, in.seen());
    }
    SegmentFooter footer = read(in.take(BYTES));
    if (footer == null) {
      return new SegmentEnd.Wrong(position, "its footer is malformed");
    }
    String problem = footer.problem(chain, tree.size(), tree.root());
    if (problem == null && in.has(1)) {
      problem = "something follows its footer";
    }
    return problem == null
        ? new SegmentEnd.Closed(position, footer)
        : new SegmentEnd.Wrong(position, problem);
  }

  /** The footer that these bytes are, or null if they have the form of none. */
  static @Nullable SegmentFooter read(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int length = in.getInt();
    int flags = in.get();
    long count = in.getLong();
    long torn = in.getLong();
    if (length != 0 || (flags & ~BY_ANOTHER) != 0 || count < 0 || torn < 0) {
      return null;
    }
    boolean byAnother = flags == BY_ANOTHER;
    if (!byAnother && torn != 0) {
      return null;
    }
    return new SegmentFooter(
        byAnother, count, torn, SegmentHeader.hash(in), SegmentHeader.hash(in));
  }

  /** What is wrong with it behind such records, or null. */
  @Nullable String problem(byte[] chain, long records, Hash rootOfRecords) {
    if (count != records) {
      return "its footer tells of " + count + " records where there are " + records;
    }
    if (!root.equals(rootOfRecords)) {
      return "its footer has another root than its entries";
    }
    if (!of(chain, byAnother, count, torn, root).hash.equals(hash)) {
      return "its footer does not have the hash that it names";
    }
    return null;
  }
}
