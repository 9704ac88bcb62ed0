package dev.gatehouse.demo.attacks;

import dev.gatehouse.demo.Digits;
import dev.gatehouse.testing.Folders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Which images each party of the replay has; no two share any.
 *
 * <p>Training images go to the gateway's reference, the honest callers and the thieves, test images
 * are held out. So thieves have images the model was trained on, which is more than most have.
 *
 * @param honest for honest callers
 * @param thief for thieves: seeds, and natural inputs
 * @param heldOut for measuring copies; for membership inference, those that are no members
 */
record Rows(List<float[]> honest, List<float[]> thief, List<float[]> heldOut) {

  private static final Path TRAINING =
      Folders.project("src/test/resources/models/digits_train.csv");

  /** Of the training images the first so many are the reference, the next the honest callers'. */
  private static final int REFERENCE_END = 300;

  private static final int HONEST_END = 900;

  /** Copies the lists. */
  Rows {
    honest = List.copyOf(honest);
    thief = List.copyOf(thief);
    heldOut = List.copyOf(heldOut);
  }

  /** Reads them from the project. */
  static Rows read() {
    List<float[]> training = pixels(TRAINING);
    return new Rows(
        training.subList(REFERENCE_END, HONEST_END),
        training.subList(HONEST_END, training.size()),
        pixels(Folders.project("deploy/sample/digits_test.csv")));
  }

  private static List<float[]> pixels(Path file) {
    return Digits.read(file).rows().stream().map(Digits.Row::pixels).toList();
  }

  /** Writes the reference of a model as the gateway reads it. */
  static void writeReference(Path file) {
    try {
      Files.write(file, Files.readAllLines(TRAINING).subList(0, REFERENCE_END + 1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
