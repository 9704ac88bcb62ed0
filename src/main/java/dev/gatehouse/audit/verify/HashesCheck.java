package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.merkle.Frontier;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.TreeHasher;
import dev.gatehouse.audit.verify.Finding.Kind;
import dev.gatehouse.audit.verify.SegmentCheck.Checked;
import dev.gatehouse.audit.verify.SegmentCheck.Expected;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Checks what is left of a segment whose payload was deleted: its hashes make the chain, the root
 * and the count that were anchored. For one thread.
 */
final class HashesCheck {

  private static final byte[] MAGIC = "GHJHSH01".getBytes(StandardCharsets.US_ASCII);
  private static final int FRONT_BYTES = MAGIC.length + SegmentHead.BYTES + Long.BYTES;

  private final Expected expected;
  private final Findings findings;
  private final Frontier tree = new Frontier(new TreeHasher());

  HashesCheck(Expected expected, Findings findings) {
    this.expected = expected;
    this.findings = findings;
  }

  /**
   * Checks a file.
   *
   * @throws IOException if it cannot be read
   */
  Checked check(Path file) throws IOException {
    try (SegmentBytes in = new SegmentBytes(file)) {
      if (!in.has(FRONT_BYTES)) {
        return fault("the file with its hashes ends within its header");
      }
      if (!Arrays.equals(in.take(MAGIC.length), MAGIC)) {
        return fault("the file with its hashes does not begin as one does");
      }
      SegmentHead head = SegmentHead.of(in.take(SegmentHead.BYTES));
      if (!HeadCheck.fits(head, expected, findings)) {
        return broken();
      }
      return leaves(in, head, ByteBuffer.wrap(in.take(Long.BYTES)).getLong());
    }
  }

  private Checked leaves(SegmentBytes in, SegmentHead head, long count) throws IOException {
    Chain chain = new Chain(head.hash());
    while (tree.size() < count) {
      Hash leaf = in.hash();
      if (leaf == null) {
        return fault("the file with its hashes ends before entry " + (head.first() + tree.size()));
      }
      Hash unused = chain.add(leaf);
      tree.append(leaf);
    }
    if (!in.has(SegmentFoot.BYTES)) {
      return fault("the file with its hashes ends within its footer");
    }
    SegmentFoot foot = SegmentFoot.of(in.take(SegmentFoot.BYTES));
    String problem = problem(foot, chain, count, head.first());
    if (problem == null && in.has(1)) {
      problem = "something follows its footer";
    }
    return problem == null
        ? new Checked(true, true, head.first() + count, foot.hash(), count)
        : fault(problem);
  }

  private @Nullable String problem(SegmentFoot foot, Chain chain, long count, long first) {
    String problem = count < 0 ? "it has no count" : foot.problem(chain, count, tree.root());
    return problem == null ? SegmentCheck.difference(expected.anchor(), first, foot) : problem;
  }

  private Checked fault(String text) {
    findings.add(
        Kind.SEGMENT_CHANGED,
        Place.journal(expected.journal(), expected.number(), Place.NONE),
        text);
    return broken();
  }

  private Checked broken() {
    return new Checked(false, false, Place.NONE, null, 0);
  }
}
