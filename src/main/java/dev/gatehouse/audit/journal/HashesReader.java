package dev.gatehouse.audit.journal;

import dev.gatehouse.audit.merkle.Frontier;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.TreeHasher;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads what is left of a segment whose payload was deleted, and verifies that its leaves make the
 * root and the chain that its footer tells of. It holds a bounded part in memory. For one thread.
 *
 * <p>{@link #next} gives the leaves; after it gave null, {@link #end} says how the file ends: it is
 * never {@link SegmentEnd.Open}.
 */
public final class HashesReader implements Closeable {

  /** What such a file begins with. */
  static final byte[] MAGIC = "GHJHSH01".getBytes(StandardCharsets.US_ASCII);

  private final Input in;
  private final ChainHasher hasher = new ChainHasher();
  private final Frontier tree = new Frontier(new TreeHasher());
  private byte[] chain = new byte[Hash.BYTES];
  private long count;
  private final @Nullable SegmentHeader header;
  private @Nullable SegmentEnd end;

  /**
   * Opens a file and reads its header.
   *
   * @throws java.nio.file.NoSuchFileException if there is none, but perhaps something else
   * @throws IOException if it cannot be read
   */
  public static HashesReader open(Path file) throws IOException {
    FileChannel channel = Disk.read(file);
    try {
      return new HashesReader(channel);
    } catch (IOException | RuntimeException failure) {
      channel.close();
      throw failure;
    }
  }

  /**
   * Reads the header that comes out of a channel, which is closed with this.
   *
   * @throws IOException if it cannot be read
   */
  public HashesReader(ReadableByteChannel channel) throws IOException {
    this.in = new Input(channel);
    this.header = readHeader();
  }

  private @Nullable SegmentHeader readHeader() throws IOException {
    if (!in.has(MAGIC.length + SegmentHeader.BYTES + Long.BYTES)) {
      end = new SegmentEnd.Torn(0, in.seen());
      return null;
    }
    if (!Arrays.equals(in.take(MAGIC.length), MAGIC)) {
      end = new SegmentEnd.Wrong(0, "it does not begin as such a file does");
      return null;
    }
    byte[] bytes = in.take(SegmentHeader.BYTES);
    String problem = SegmentHeader.problem(bytes);
    if (problem != null) {
      end = new SegmentEnd.Wrong(MAGIC.length, problem);
      return null;
    }
    count = ByteBuffer.wrap(in.take(Long.BYTES)).getLong();
    if (count < 0) {
      end = new SegmentEnd.Wrong(in.position() - Long.BYTES, "it tells of too many leaves");
      return null;
    }
    SegmentHeader read = SegmentHeader.read(bytes);
    chain = read.hash().bytes();
    return read;
  }

  /** The header of the segment, or null if there is none that is whole and right. */
  public @Nullable SegmentHeader header() {
    return header;
  }

  /** How many leaves the file says that it has. */
  public long count() {
    return count;
  }

  /**
   * The hash of the next leaf, or null if none follows.
   *
   * @throws IOException if the file cannot be read
   */
  public @Nullable Hash next() throws IOException {
    if (end != null) {
      return null;
    }
    if (tree.size() == count) {
      end = SegmentFooter.end(in, chain, tree);
      return null;
    }
    if (!in.has(Hash.BYTES)) {
      end = new SegmentEnd.Torn(in.position(), in.seen());
      return null;
    }
    Hash leaf = Hash.of(in.take(Hash.BYTES));
    hasher.advance(chain, leaf.bytes(), 0);
    tree.append(leaf);
    return leaf;
  }

  /**
   * How the file ends.
   *
   * @throws IllegalStateException if {@link #next} has not given null yet
   */
  public SegmentEnd end() {
    if (end == null) {
      throw new IllegalStateException("not read to its end yet");
    }
    return end;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
