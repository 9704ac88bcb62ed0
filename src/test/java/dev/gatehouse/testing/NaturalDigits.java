package dev.gatehouse.testing;

import dev.gatehouse.demo.Digits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Images of digits that no model was trained with: the first are a reference, others are sent. */
public final class NaturalDigits {

  private static final Path ALL = Folders.project("deploy/sample/digits_test.csv");

  /** Rows that are the reference. */
  private static final int REFERENCE_ROWS = 200;

  private NaturalDigits() {}

  /** A new folder with the reference of the model {@code digits}. */
  public static Path references() throws IOException {
    Path folder = Folders.create("references-");
    Files.write(
        folder.resolve("digits.csv"), Files.readAllLines(ALL).subList(0, REFERENCE_ROWS + 1));
    return folder;
  }

  /** The rows that are not in the reference. */
  public static List<Digits.Row> rows() {
    List<Digits.Row> rows = Digits.read(ALL).rows();
    return rows.subList(REFERENCE_ROWS, rows.size());
  }
}
