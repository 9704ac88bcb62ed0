package dev.gatehouse.serving;

import dev.gatehouse.access.AccessReviewLine;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * An access review on its way to somebody as CSV, piece by piece: it holds one page of lines and
 * one piece at a time, however long the review is. For one thread at a time.
 */
public final class AccessReviewExport {

  /** The most bytes of a piece. */
  public static final int PIECE_BYTES_MAX = 64 << 10;

  private final IntFunction<List<AccessReviewLine>> pages;
  private final Deque<String> ready = new ArrayDeque<>();
  private byte[] rest = {};
  private int lastLine;
  private boolean over;

  /**
   * An export.
   *
   * @param pages the lines after that of a number, some at a time; none after the last
   */
  AccessReviewExport(IntFunction<List<AccessReviewLine>> pages) {
    this.pages = pages;
    ready.add(AccessReviewCsv.header());
  }

  /**
   * The next bytes, at most {@link #PIECE_BYTES_MAX} and at least one; null after the last. Reads
   * from the database.
   */
  public byte @Nullable [] next() {
    ByteArrayOutputStream piece = new ByteArrayOutputStream();
    piece.writeBytes(rest);
    while (piece.size() < PIECE_BYTES_MAX && more()) {
      piece.writeBytes(ready.remove().getBytes(StandardCharsets.UTF_8));
    }
    byte[] bytes = piece.toByteArray();
    int length = Math.min(bytes.length, PIECE_BYTES_MAX);
    rest = Arrays.copyOfRange(bytes, length, bytes.length);
    return length == 0 ? null : Arrays.copyOf(bytes, length);
  }

  private boolean more() {
    if (ready.isEmpty() && !over) {
      List<AccessReviewLine> page = pages.apply(lastLine);
      over = page.isEmpty();
      for (AccessReviewLine line : page) {
        ready.add(AccessReviewCsv.row(line));
        lastLine = line.number();
      }
    }
    return !ready.isEmpty();
  }
}
