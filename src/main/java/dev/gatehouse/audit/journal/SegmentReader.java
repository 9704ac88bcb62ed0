package dev.gatehouse.audit.journal;

import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.merkle.Frontier;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.TreeHasher;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a segment from its beginning and verifies it on the way: the hash of the header, each link
 * of the chain, and the count, root and hash of the footer. What the entries say, and whether the
 * segment is where its header says, is for the caller. It holds little more than one record in
 * memory. For one thread.
 *
 * <p>{@link #next} gives the records; after it gave null, {@link #end} says how the file ends.
 * Nothing behind the first thing wrong is read.
 */
public final class SegmentReader implements Closeable {

  private static final int LENGTH_BYTES = Integer.BYTES;

  private final Input in;
  private final ChainHasher hasher = new ChainHasher();
  private final TreeHasher treeHasher = new TreeHasher();
  private final Frontier tree = new Frontier(treeHasher);
  private final @Nullable SegmentHeader header;
  private byte[] chain = new byte[Hash.BYTES];
  private @Nullable SegmentEnd end;

  /**
   * Opens a file and reads its header.
   *
   * @throws java.nio.file.NoSuchFileException if there is none, but perhaps something else
   * @throws IOException if it cannot be read
   */
  public static SegmentReader open(Path file) throws IOException {
    FileChannel channel = Disk.read(file);
    try {
      return new SegmentReader(channel);
    } catch (IOException | RuntimeException failure) {
      channel.close();
      throw failure;
    }
  }

  /**
   * Reads the header of the segment that comes out of a channel, which is closed with this.
   *
   * @throws IOException if it cannot be read
   */
  public SegmentReader(ReadableByteChannel channel) throws IOException {
    this.in = new Input(channel);
    this.header = readHeader();
  }

  private @Nullable SegmentHeader readHeader() throws IOException {
    if (!in.has(SegmentHeader.BYTES)) {
      end = new SegmentEnd.Torn(0, in.seen());
      return null;
    }
    byte[] bytes = in.take(SegmentHeader.BYTES);
    String problem = SegmentHeader.problem(bytes);
    if (problem != null) {
      end = new SegmentEnd.Wrong(0, problem);
      return null;
    }
    SegmentHeader read = SegmentHeader.read(bytes);
    chain = read.hash().bytes();
    return read;
  }

  /** The header, or null if there is none that is whole and right; {@link #end} then says why. */
  public @Nullable SegmentHeader header() {
    return header;
  }

  /**
   * The next record, or null if none follows that is whole and continues the chain.
   *
   * @throws IOException if the file cannot be read
   */
  public @Nullable SegmentRecord next() throws IOException {
    if (end != null) {
      return null;
    }
    long position = in.position();
    if (!in.has(LENGTH_BYTES)) {
      end =
          in.seen() == 0 ? new SegmentEnd.Open(position) : new SegmentEnd.Torn(position, in.seen());
      return null;
    }
    int length = in.peekInt();
    if (length == 0) {
      end = SegmentFooter.end(in, chain, tree);
      return null;
    }
    if (length < 0 || length > EntryCodec.BYTES_MAX) {
      end = new SegmentEnd.Wrong(position, "a record has a length that none has");
      return null;
    }
    if (!in.has(LENGTH_BYTES + length + Hash.BYTES)) {
      end = new SegmentEnd.Torn(position, in.seen());
      return null;
    }
    return record(position, length);
  }

  private @Nullable SegmentRecord record(long position, int length) {
    in.skip(LENGTH_BYTES);
    byte[] entry = in.take(length);
    byte[] stored = in.take(Hash.BYTES);
    Hash leaf = treeHasher.leaf(entry);
    byte[] continued = chain.clone();
    hasher.advance(continued, leaf.bytes(), 0);
    if (!Arrays.equals(continued, stored)) {
      end = new SegmentEnd.Wrong(position, "a record does not continue the chain");
      return null;
    }
    chain = continued;
    SegmentRecord record = new SegmentRecord(tree.size(), position, entry, leaf, Hash.of(stored));
    tree.append(leaf);
    return record;
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

  /** How many records were read. */
  public long count() {
    return tree.size();
  }

  /** The root of the tree of the records that were read. */
  public Hash root() {
    return tree.root();
  }

  /** The hash of the chain behind the last record that was read; zero bytes without a header. */
  public Hash chain() {
    return Hash.of(chain);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
