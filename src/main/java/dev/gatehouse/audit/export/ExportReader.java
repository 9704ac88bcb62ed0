package dev.gatehouse.audit.export;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the lines of an export, a bounded one at a time. It takes a line only if the writer would
 * write it so, character for character: so what people read in it is what its bytes say. What the
 * bytes and proofs are worth is for the verifier to tell. For one thread.
 */
public final class ExportReader {

  /** The most bytes of a line. */
  public static final int LINE_BYTES_MAX = 256 * 1024;

  private final InputStream in;
  private final ExportFormat format;
  private final ExportHeader header;
  private long line;

  /**
   * Reads the first line.
   *
   * @param in a buffered stream, which is not closed
   * @throws LineException if it is none
   * @throws IOException if it cannot be read
   */
  public ExportReader(InputStream in) throws LineException, IOException {
    this.in = in;
    String first = nextLine();
    if (first == null) {
      throw new LineException("it is empty");
    }
    this.format = first.startsWith("#") ? ExportFormat.CSV : ExportFormat.JSONL;
    StringBuilder text = new StringBuilder(stripped(first));
    for (int i = 1; i < format.firstLines(); i++) {
      text.append(format.end()).append(stripped(nextLine()));
    }
    this.header = format.readFirst(text.toString());
    if (!format.first(header).contentEquals(text)) {
      throw new LineException("it is not written as the first line of an export is");
    }
  }

  /** What the first line says. */
  public ExportHeader header() {
    return header;
  }

  /** The number of the line read last, from 1. */
  public long line() {
    return line;
  }

  /**
   * The next line, or null behind the last.
   *
   * @throws LineException if it is none; the one behind it can be read all the same
   * @throws IOException if it cannot be read
   */
  public @Nullable ExportLine next() throws LineException, IOException {
    String text = nextLine();
    if (text == null) {
      return null;
    }
    String stripped = stripped(text);
    ExportLine read = format.read(stripped);
    if (!format.line(read).equals(stripped)) {
      throw new LineException("what stands there to be read is not what its entry says");
    }
    return read;
  }

  private String stripped(@Nullable String text) throws LineException {
    if (text == null || !text.endsWith(format.end())) {
      throw new LineException("it does not end as a line of an export does");
    }
    return text.substring(0, text.length() - format.end().length());
  }

  /** The next line with its end, or null behind the last. */
  private @Nullable String nextLine() throws LineException, IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    boolean longer = false;
    int read = in.read();
    while (read >= 0) {
      if (bytes.size() < LINE_BYTES_MAX) {
        bytes.write(read);
      } else {
        longer = true;
      }
      if (read == '\n') {
        break;
      }
      read = in.read();
    }
    if (bytes.size() == 0) {
      return null;
    }
    line++;
    if (longer) {
      throw new LineException("it has more than " + LINE_BYTES_MAX + " bytes");
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new LineException("it is not UTF-8");
    }
  }
}
