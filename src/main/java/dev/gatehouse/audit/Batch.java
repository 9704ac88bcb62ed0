package dev.gatehouse.audit;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Lines that are written together. It remembers which of its bytes are on file, so that a write
 * that failed half-way goes on where it stopped. Used by the writer alone.
 */
final class Batch extends OutputStream {

  /** The most bytes of one line; the longest that {@link LineFormat} makes is shorter. */
  static final int LINE_BYTES_MAX = 16 * 1024;

  /** The most bytes of a batch. */
  static final int BYTES_MAX = 256 * 1024;

  private final ByteBuffer bytes = ByteBuffer.allocate(BYTES_MAX);
  private int lineStart;
  private int entries;

  /** Whether there is nothing in it. */
  boolean isEmpty() {
    return bytes.position() == 0;
  }

  /** Whether one more line fits, however long. */
  boolean hasRoom() {
    return bytes.remaining() >= LINE_BYTES_MAX;
  }

  /** Forgets the line whose formatting failed, if one did. */
  void cutUnfinishedLine() {
    bytes.position(lineStart);
  }

  /** Ends the line; {@code entriesOfLine} places are given back once it is on file. */
  void endLine(int entriesOfLine) {
    bytes.put((byte) '\n');
    lineStart = bytes.position();
    entries += entriesOfLine;
  }

  /** The entries whose lines are in it. */
  int entries() {
    return entries;
  }

  /**
   * Writes all of it and empties it.
   *
   * @throws IOException if the channel takes no more; what it took is not written again
   */
  void writeTo(WritableByteChannel channel) throws IOException {
    bytes.flip();
    try {
      while (bytes.hasRemaining()) {
        if (channel.write(bytes) <= 0) {
          throw new IOException("the file took no bytes");
        }
      }
      entries = 0;
    } finally {
      bytes.compact();
      lineStart = bytes.position();
    }
  }

  @Override
  public void write(int value) throws IOException {
    requireRoom(1);
    bytes.put((byte) value);
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    requireRoom(length);
    bytes.put(source, offset, length);
  }

  private void requireRoom(int length) throws IOException {
    if (bytes.position() - lineStart + length >= LINE_BYTES_MAX) {
      throw new IOException("an audit line is longer than " + LINE_BYTES_MAX + " bytes");
    }
  }
}
