package dev.gatehouse.abuse.content;

import dev.gatehouse.testing.Folders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A model of handwritten digits in pure Java that stands in for the real one: softmax regression,
 * trained on the same rows each time, so that it is the same each time.
 *
 * @param reference natural rows that the watch may know
 * @param natural other natural rows, for callers
 * @param weights of each class: one for each pixel, and the bias
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record DigitsVictim(List<float[]> reference, List<float[]> natural, float[][] weights) {

  public static final int PIXELS = 64;
  public static final int CLASSES = 10;
  public static final float PIXEL_MAX = 16;

  /** Rows of the training set that the reference and the model are made of. */
  private static final int KNOWN = 600;

  private static final int EPOCHS = 15;

  public static DigitsVictim trained() {
    List<float[]> rows = read("digits_train.csv");
    List<float[]> natural = new ArrayList<>(rows.subList(KNOWN, rows.size()));
    natural.addAll(read("digits_test.csv"));
    float[][] weights = new float[CLASSES][PIXELS + 1];
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
      for (float[] row : rows.subList(0, KNOWN)) {
        learn(weights, row);
      }
    }
    return new DigitsVictim(pixels(rows.subList(0, KNOWN)), pixels(natural), weights);
  }

  private static List<float[]> pixels(List<float[]> rows) {
    return rows.stream().map(row -> Arrays.copyOf(row, PIXELS)).toList();
  }

  private static void learn(float[][] weights, float[] row) {
    float[] scores = scores(weights, row);
    float greatest = Float.NEGATIVE_INFINITY;
    for (float score : scores) {
      greatest = Math.max(greatest, score);
    }
    double sum = 0;
    for (float score : scores) {
      sum += Math.exp(score - greatest);
    }
    for (int c = 0; c < CLASSES; c++) {
      double error = Math.exp(scores[c] - greatest) / sum - (row[PIXELS] == c ? 1 : 0);
      for (int i = 0; i < PIXELS; i++) {
        weights[c][i] -= (float) (0.002 * error * row[i]);
      }
      weights[c][PIXELS] -= (float) (0.002 * error);
    }
  }

  private static float[] scores(float[][] weights, float[] row) {
    float[] scores = new float[CLASSES];
    for (int c = 0; c < CLASSES; c++) {
      float sum = weights[c][PIXELS];
      for (int i = 0; i < PIXELS; i++) {
        sum += weights[c][i] * row[i];
      }
      scores[c] = sum;
    }
    return scores;
  }

  /** The logits of one row. */
  public float[] logits(float[] row) {
    return scores(weights, row);
  }

  public int predicted(float[] row) {
    float[] logits = logits(row);
    int best = 0;
    for (int c = 1; c < CLASSES; c++) {
      best = logits[c] > logits[best] ? c : best;
    }
    return best;
  }

  private static List<float[]> read(String file) {
    try {
      return Files.readAllLines(Folders.project("src/test/resources/models/" + file)).stream()
          .skip(1)
          .map(DigitsVictim::row)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static float[] row(String line) {
    String[] columns = line.split(",", -1);
    float[] row = new float[PIXELS + 1];
    for (int i = 0; i < row.length; i++) {
      row[i] = Float.parseFloat(columns[i]);
    }
    return row;
  }
}
