package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.merkle.Hash;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The bytes of a segment's file, read once, a bounded part at a time. For one thread. */
final class SegmentBytes implements Closeable {

  private static final int BUFFER_BYTES = 1 << 18;

  private final InputStream in;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).limit(0);

  SegmentBytes(Path file) throws IOException {
    this.in = Files.newInputStream(file);
  }

  /** Whether that many bytes follow; at most a quarter of a million. */
  boolean has(int bytes) throws IOException {
    if (buffer.remaining() >= bytes) {
      return true;
    }
    buffer.compact();
    while (buffer.position() < bytes) {
      int read = in.read(buffer.array(), buffer.position(), buffer.remaining());
      if (read < 0) {
        break;
      }
      buffer.position(buffer.position() + read);
    }
    buffer.flip();
    return buffer.remaining() >= bytes;
  }

  /** The next bytes, which {@link #has} said there are. */
  byte[] take(int bytes) {
    byte[] taken = new byte[bytes];
    buffer.get(taken);
    return taken;
  }

  /** The next four bytes as a number, without taking them. */
  int peekInt() {
    return buffer.getInt(buffer.position());
  }

  int takeInt() {
    return buffer.getInt();
  }

  /** The next hash, or null if the file ends before its end. */
  @Nullable Hash hash() throws IOException {
    return has(Hash.BYTES) ? Hash.of(take(Hash.BYTES)) : null;
  }

  /** How many bytes are left behind those taken, when {@link #has} has just said no. */
  int rest() {
    return buffer.remaining();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
