package dev.gatehouse.abuse.watch;

import dev.gatehouse.abuse.content.Reference;
import dev.gatehouse.core.ModelName;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What the inputs of each model are like: by the examples in its file, else unknown.
 *
 * <p>A file is named {@code <model>.csv}. Its first line names the columns, one for each feature of
 * a row in the order of the model's input; a column {@code label} is left out. Lines beyond {@link
 * Reference#EXAMPLES_MAX} are not read. A file that cannot be used is named in the log, and its
 * model is watched as one without. Used by one thread once they are read.
 */
final class References {

  private static final Logger LOG = Logger.getLogger(References.class);

  /** How many files are read. */
  static final int FILES_MAX = 256;

  /** The size of a file. */
  static final long FILE_BYTES_MAX = 32L << 20;

  /** How many features a row of a file may have. */
  static final int COLUMNS_MAX = 65_536;

  /** Widths of models without a file whose reference is kept. */
  static final int WIDTHS_MAX = 64;

  private static final String SUFFIX = ".csv";
  private static final String LABEL = "label";

  private final RandomGenerator seeds;
  private final Map<ModelName, Known> known = new HashMap<>();
  private final Map<Integer, Reference> unknown = new HashMap<>();
  private final Set<ModelName> misfits = new HashSet<>();

  private record Known(Reference reference, int width) {}

  private References(RandomGenerator seeds) {
    this.seeds = seeds;
  }

  /**
   * Reads a folder.
   *
   * @param folder null for none
   * @param seeds where the secrets of references are drawn from
   */
  static References read(@Nullable Path folder, RandomGenerator seeds) {
    References references = new References(seeds);
    if (folder != null) {
      for (Path file : files(folder)) {
        references.add(file);
      }
    }
    return references;
  }

  private static List<Path> files(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> found = files.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
      if (found.size() > FILES_MAX) {
        LOG.warnf("%s: only the first %d references are read", folder, FILES_MAX);
      }
      return found.subList(0, Math.min(FILES_MAX, found.size()));
    } catch (IOException e) {
      LOG.warnf("%s: references cannot be read: %s", folder, e);
      return List.of();
    }
  }

  private void add(Path file) {
    try {
      String name = String.valueOf(file.getFileName());
      ModelName model = new ModelName(name.substring(0, name.length() - SUFFIX.length()));
      List<float[]> examples = examples(file);
      Reference reference = Reference.of(examples, seeds.nextLong());
      known.put(model, new Known(reference, examples.getFirst().length));
    } catch (IOException | IllegalArgumentException e) {
      LOG.warnf("%s: the reference cannot be used: %s", file, e.getMessage());
    }
  }

  private static List<float[]> examples(Path file) throws IOException {
    if (Files.size(file) > FILE_BYTES_MAX) {
      throw new IOException("larger than " + FILE_BYTES_MAX + " bytes");
    }
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      boolean[] taken = columns(lines.readLine());
      List<float[]> examples = new ArrayList<>();
      String line = lines.readLine();
      while (line != null && examples.size() < Reference.EXAMPLES_MAX) {
        if (!line.isBlank()) {
          examples.add(example(line, taken, examples.size() + 1));
        }
        line = lines.readLine();
      }
      return examples;
    }
  }

  /** Which columns are features. */
  private static boolean[] columns(@Nullable String header) {
    String[] names = header == null ? new String[0] : header.split(",", -1);
    if (names.length == 0 || names.length > COLUMNS_MAX) {
      throw new IllegalArgumentException("a header of 1 to " + COLUMNS_MAX + " columns is missing");
    }
    boolean[] taken = new boolean[names.length];
    for (int i = 0; i < names.length; i++) {
      taken[i] = !names[i].replace('"', ' ').strip().equals(LABEL);
    }
    return taken;
  }

  private static float[] example(String line, boolean[] taken, int row) {
    String[] cells = line.split(",", -1);
    if (cells.length != taken.length) {
      throw new IllegalArgumentException("row " + row + " has not as many columns as the header");
    }
    float[] features = new float[cells.length];
    int width = 0;
    for (int i = 0; i < cells.length; i++) {
      if (taken[i]) {
        features[width++] = number(cells[i], row);
      }
    }
    return Arrays.copyOf(features, width);
  }

  private static float number(String cell, int row) {
    try {
      float number = Float.parseFloat(cell);
      if (Float.isFinite(number)) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below, without what is in the file.
    }
    throw new IllegalArgumentException("row " + row + " has a cell that is no finite number");
  }

  /** The reference of a model whose rows have {@code width} features. */
  Reference of(ModelName model, int width) {
    Known file = known.get(model);
    if (file != null && file.width == width) {
      return file.reference;
    }
    if (file != null && misfits.add(model)) {
      LOG.warnf(
          "%s: rows have %d features and its reference %d, which is not used for them",
          model, width, file.width);
    }
    if (unknown.size() >= WIDTHS_MAX && !unknown.containsKey(width)) {
      unknown.clear();
    }
    return unknown.computeIfAbsent(width, w -> Reference.unknown(w, seeds.nextLong()));
  }
}
