package dev.gatehouse.audit.journal;

import dev.gatehouse.audit.merkle.Frontier;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.TreeHasher;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.List;

/** Segments as docs/security/audit.md has them, written without the classes that write them. */
final class Segments {

  private Segments() {}

  /** Writes a closed segment of these entries. */
  static SegmentFooter write(
      JournalFolder folder, long number, long first, Hash previous, List<byte[]> entries)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteBuffer header = ByteBuffer.allocate(80);
    header.put("GHJSEG01".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    header.put(folder.id().bytes()).putLong(number).putLong(first).putLong(1_000_000L);
    header.put(previous.bytes());
    byte[] chain = hash(header.array());
    out.write(header.array());
    out.write(chain);
    TreeHasher hasher = new TreeHasher();
    Frontier tree = new Frontier(hasher);
    for (byte[] entry : entries) {
      Hash leaf = hasher.leaf(entry);
      tree.append(leaf);
      chain = hash(new byte[] {2}, chain, leaf.bytes());
      out.write(ByteBuffer.allocate(4).putInt(entry.length).array());
      out.write(entry);
      out.write(chain);
    }
    ByteBuffer numbers = ByteBuffer.allocate(17);
    numbers.put((byte) 0).putLong(entries.size()).putLong(0);
    byte[] footerHash = hash(new byte[] {3}, chain, numbers.array(), tree.root().bytes());
    out.write(new byte[4]);
    out.write(numbers.array());
    out.write(tree.root().bytes());
    out.write(footerHash);
    Files.write(folder.segment(number), out.toByteArray());
    return new SegmentFooter(false, entries.size(), 0, tree.root(), Hash.of(footerHash));
  }

  private static byte[] hash(byte[]... parts) {
    MessageDigest sha256 = TreeHasher.sha256();
    for (byte[] part : parts) {
      sha256.update(part);
    }
    return sha256.digest();
  }
}
