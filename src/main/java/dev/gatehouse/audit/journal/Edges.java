package dev.gatehouse.audit.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/**
 * The header and the footer of a segment or its hashes, read without what is between them. Whether
 * that fits is not verified.
 *
 * @param header what the file begins with
 * @param footer what its last bytes are
 */
record Edges(SegmentHeader header, SegmentFooter footer) {

  /**
   * Reads them.
   *
   * @return null if the file has not the form of a whole header and footer
   * @throws IOException if it cannot be read
   */
  static @Nullable Edges read(JournalFolder.Part part) throws IOException {
    try (FileChannel file = Disk.read(part.file())) {
      long start = part.hashesOnly() ? HashesReader.MAGIC.length : 0;
      long end = file.size() - SegmentFooter.BYTES;
      if (end < start + SegmentHeader.BYTES) {
        return null;
      }
      byte[] header = bytes(file, start, SegmentHeader.BYTES);
      SegmentFooter footer = SegmentFooter.read(bytes(file, end, SegmentFooter.BYTES));
      if (SegmentHeader.problem(header) != null || footer == null) {
        return null;
      }
      return new Edges(SegmentHeader.read(header), footer);
    }
  }

  private static byte[] bytes(FileChannel file, long position, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (file.read(bytes, position + bytes.position()) < 0) {
        throw new IOException("the file became shorter");
      }
    }
    return bytes.array();
  }
}
