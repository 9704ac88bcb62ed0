package dev.gatehouse.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Images of handwritten digits with what they show.
 *
 * @param rows the images in the order of the file
 */
public record Digits(List<Row> rows) {

  /** Pixels of one image, eight by eight. */
  public static final int PIXELS = 64;

  /** Copies the list. */
  public Digits {
    rows = List.copyOf(rows);
  }

  /**
   * One image.
   *
   * @param pixels from 0 to 16, row by row
   * @param label the digit it shows
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Row(float[] pixels, int label) {}

  /** Reads a CSV file with a header line, 64 columns of pixels and the label last. */
  public static Digits read(Path file) {
    try {
      List<Row> rows = new ArrayList<>();
      for (String line : Files.readAllLines(file)) {
        if (!line.startsWith("p0")) {
          rows.add(row(line.split(",", -1)));
        }
      }
      return new Digits(rows);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Row row(String[] columns) {
    float[] pixels = new float[PIXELS];
    for (int i = 0; i < PIXELS; i++) {
      pixels[i] = Float.parseFloat(columns[i]);
    }
    return new Row(pixels, Integer.parseInt(columns[PIXELS]));
  }

  /** Every {@code step}th row, beginning with the one at {@code first}. */
  Digits every(int step, int first) {
    List<Row> some = new ArrayList<>();
    for (int i = first; i < rows.size(); i += step) {
      some.add(rows.get(i));
    }
    return new Digits(some);
  }
}
