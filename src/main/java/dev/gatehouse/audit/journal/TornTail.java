package dev.gatehouse.audit.journal;

import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.TreeHasher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The judgement on what lies behind the last good record of a segment that nobody closed: whether a
 * process that died can have left it.
 *
 * <p>Such a process was writing one commit, of at most {@link CommitBatch#BYTES_MAX} bytes, behind
 * what it had on disk. So what is longer is not its doing. Nor is a record or a footer further on
 * that continues the 32 bytes before it: something before that was changed after it was written.
 * The one exception is a power cut which loses a page of the last commit and keeps a later one; it
 * cannot be told from that, and so is not healed either.
 */
final class TornTail {

  /** The chain hash that the first byte may continue. */
  private static final int BEFORE = Hash.BYTES;

  private static final int LENGTH_BYTES = Integer.BYTES;

  private final byte[] bytes;
  private final ByteBuffer numbers;
  private final TreeHasher treeHasher = new TreeHasher();
  private final ChainHasher chainHasher = new ChainHasher();

  private TornTail(byte[] bytes) {
    this.bytes = bytes;
    this.numbers = ByteBuffer.wrap(bytes);
  }

  /**
   * Why what begins at {@code position} is not a torn tail, or null if it may be one.
   *
   * @param position behind the header at least
   */
  static @Nullable String problem(Path segment, long position) throws IOException {
    try (FileChannel channel = FileChannel.open(segment, StandardOpenOption.READ)) {
      long length = channel.size() - position;
      if (length > CommitBatch.BYTES_MAX) {
        return "more follows it than one commit writes";
      }
      ByteBuffer tail = ByteBuffer.allocate(BEFORE + (int) length);
      while (tail.hasRemaining()) {
        if (channel.read(tail, position - BEFORE + tail.position()) < 0) {
          throw new IOException("the segment became shorter");
        }
      }
      return new TornTail(tail.array()).continued()
          ? "what follows it continues the chain of what was there"
          : null;
    }
  }

  private boolean continued() {
    for (int at = BEFORE; at <= bytes.length - LENGTH_BYTES; at++) {
      int length = numbers.getInt(at);
      if (length == 0 ? footerAt(at) : recordAt(at, length)) {
        return true;
      }
    }
    return false;
  }

  private boolean recordAt(int at, int length) {
    int entry = at + LENGTH_BYTES;
    if (length < EntryCodec.HEAD_BYTES
        || length > EntryCodec.BYTES_MAX
        || bytes.length - entry - Hash.BYTES < length
        || bytes[entry] != EntryCodec.VERSION
        || EntryKind.ofCode(bytes[entry + 1] & 0xff) == null) {
      return false;
    }
    byte[] leaf = new byte[Hash.BYTES];
    treeHasher.leaf(bytes, entry, length, leaf, 0);
    byte[] chain = chainBefore(at);
    chainHasher.advance(chain, leaf, 0);
    int stored = entry + length;
    return Arrays.equals(chain, 0, Hash.BYTES, bytes, stored, stored + Hash.BYTES);
  }

  private boolean footerAt(int at) {
    if (bytes.length - at < SegmentFooter.BYTES) {
      return false;
    }
    SegmentFooter footer =
        SegmentFooter.read(Arrays.copyOfRange(bytes, at, at + SegmentFooter.BYTES));
    return footer != null
        && SegmentFooter.of(
                chainBefore(at), footer.byAnother(), footer.count(), footer.torn(), footer.root())
            .hash()
            .equals(footer.hash());
  }

  private byte[] chainBefore(int at) {
    return Arrays.copyOfRange(bytes, at - Hash.BYTES, at);
  }
}
