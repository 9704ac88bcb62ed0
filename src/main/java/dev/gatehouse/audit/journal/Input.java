package dev.gatehouse.audit.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** The bytes of a file in order, a bounded part of them in memory. For one thread. */
final class Input implements Closeable {

  private static final int BUFFER_BYTES = 64 * 1024;

  private final ReadableByteChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).flip();
  private long position;

  Input(ReadableByteChannel channel) {
    this.channel = channel;
  }

  /** The byte that is read next, counted from the beginning of the file. */
  long position() {
    return position;
  }

  /** Whether there are {@code bytes} more, at most the size of the buffer. */
  boolean has(int bytes) throws IOException {
    while (buffer.remaining() < bytes) {
      buffer.compact();
      int read;
      try {
        read = channel.read(buffer);
      } finally {
        buffer.flip();
      }
      if (read < 0) {
        return false;
      }
    }
    return true;
  }

  /** How many bytes {@link #has} has seen and nobody has taken. */
  int seen() {
    return buffer.remaining();
  }

  /** The number that comes next, of which {@link #has} told; it stays. */
  int peekInt() {
    return buffer.getInt(buffer.position());
  }

  /** Takes so many bytes, of which {@link #has} told. */
  byte[] take(int bytes) {
    byte[] taken = new byte[bytes];
    buffer.get(taken);
    position += bytes;
    return taken;
  }

  /** Leaves out so many bytes, of which {@link #has} told. */
  void skip(int bytes) {
    buffer.position(buffer.position() + bytes);
    position += bytes;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
