package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.LeafTree;
import dev.gatehouse.audit.merkle.TreeHasher;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** A segment as a test writes it, after docs/security/audit.md and nothing else. */
final class SegmentFile {

  static final Hash ZERO = Hash.of(new byte[Hash.BYTES]);

  /** An entry with the chain hash that stands behind it. */
  record Linked(byte[] entry, Hash chain) {}

  final byte[] header;
  final List<Linked> records = new ArrayList<>();
  byte[] footer = new byte[0];

  private final TreeHasher hasher = new TreeHasher();
  private Hash chain;

  SegmentFile(String journal, long number, long first, Hash previous) {
    ByteBuffer out = ByteBuffer.allocate(112);
    out.put("GHJSEG01".getBytes(StandardCharsets.US_ASCII))
        .put(HexFormat.of().parseHex(journal))
        .putLong(number)
        .putLong(first)
        .putLong(1_700_000_000_000_000L + number)
        .put(previous.bytes());
    chain = hash(out.array(), 0, 80);
    out.put(chain.bytes());
    header = out.array();
  }

  private SegmentFile(byte[] header, List<Linked> records, byte[] footer) {
    this.header = header;
    this.records.addAll(records);
    this.footer = footer;
    this.chain = ZERO;
  }

  /** The same header and footer around other records. */
  SegmentFile with(List<Linked> others) {
    return new SegmentFile(header, others, footer);
  }

  void add(byte[] entry) {
    ByteBuffer out = ByteBuffer.allocate(65);
    out.put((byte) 2).put(chain.bytes()).put(hasher.leaf(entry).bytes());
    chain = hash(out.array(), 0, 65);
    records.add(new Linked(entry, chain));
  }

  /** Closes it, and returns the hash of its footer. */
  Hash close() {
    return close(0, 0);
  }

  Hash close(int flags, long torn) {
    footer = footer(flags, records.size(), torn, root());
    return Hash.of(Arrays.copyOfRange(footer, footer.length - Hash.BYTES, footer.length));
  }

  /** A footer that says so, with the hash that it must have. */
  byte[] footer(int flags, long count, long torn, Hash root) {
    ByteBuffer hashed = ByteBuffer.allocate(82);
    hashed
        .put((byte) 3)
        .put(chain.bytes())
        .put((byte) flags)
        .putLong(count)
        .putLong(torn)
        .put(root.bytes());
    Hash end = hash(hashed.array(), 0, 82);
    ByteBuffer out = ByteBuffer.allocate(85);
    return out.putInt(0).put(hashed.array(), 33, 49).put(end.bytes()).array();
  }

  Hash root() {
    return tree().root();
  }

  LeafTree tree() {
    return LeafTree.of(records.stream().map(linked -> hasher.leaf(linked.entry)).toList());
  }

  byte[] bytes() {
    int length = header.length + footer.length;
    for (Linked linked : records) {
      length += 4 + linked.entry.length + Hash.BYTES;
    }
    ByteBuffer out = ByteBuffer.allocate(length).put(header);
    for (Linked linked : records) {
      out.putInt(linked.entry.length).put(linked.entry).put(linked.chain.bytes());
    }
    return out.put(footer).array();
  }

  /** What retention leaves of it. */
  byte[] hashes() {
    ByteBuffer out = ByteBuffer.allocate(8 + 112 + 8 + records.size() * Hash.BYTES + 85);
    out.put("GHJHSH01".getBytes(StandardCharsets.US_ASCII)).put(header).putLong(records.size());
    records.forEach(linked -> out.put(hasher.leaf(linked.entry).bytes()));
    return out.put(footer).array();
  }

  private static Hash hash(byte[] bytes, int offset, int length) {
    var sha256 = TreeHasher.sha256();
    sha256.update(bytes, offset, length);
    return Hash.of(sha256.digest());
  }
}
