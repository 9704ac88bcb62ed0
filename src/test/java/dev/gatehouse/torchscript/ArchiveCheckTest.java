package dev.gatehouse.torchscript;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.testing.Folders;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ArchiveCheckTest {

  private static final String[] GOOD = {
    "m/data.pkl", "m/version", "m/constants.pkl", "m/code/__torch__.py", "m/data/0"
  };

  static Stream<Path> samples() throws IOException {
    try (Stream<Path> all = Files.list(Folders.project("src/test/resources/models"))) {
      List<Path> models = all.filter(file -> file.toString().endsWith(".pt")).sorted().toList();
      assertTrue(models.size() > 20);
      return models.stream();
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void problem_ofAModel_isNone(Path model) throws IOException {
    assertEquals(Optional.empty(), ArchiveCheck.problem(Files.readAllBytes(model)));
  }

  private static byte[] zip(String... names) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (String name : names) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(name.length());
      }
    }
    return bytes.toByteArray();
  }

  private static void bad(String part, byte[] bytes) {
    String problem = ArchiveCheck.problem(bytes).orElse("nothing");
    assertTrue(problem.contains(part), problem);
  }

  private static String[] without(String name) {
    return Arrays.stream(GOOD).filter(entry -> !entry.equals(name)).toArray(String[]::new);
  }

  private static String[] with(String... names) {
    return Stream.concat(Arrays.stream(GOOD), Arrays.stream(names)).toArray(String[]::new);
  }

  @Test
  void problem_ofTheLeastArchive_isNone() throws IOException {
    assertEquals(Optional.empty(), ArchiveCheck.problem(zip(GOOD)));
  }

  @Test
  void problem_ofWhatIsNoZip_saysSo() {
    bad("not a zip", new byte[0]);
    bad("not a zip", new byte[21]);
    bad("not a zip", new byte[100_000]);
    bad("not a zip", "PK".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
  }

  @Test
  void problem_ofMissingEntries_namesThem() throws IOException {
    bad("data.pkl", zip(without("m/data.pkl")));
    bad("version", zip(without("m/version")));
    bad("no code", zip(without("m/code/__torch__.py")));
    bad("one folder", zip());
    bad("one folder", zip(with("n/data.pkl")));
    bad("one folder", zip(with("loose")));
  }

  @Test
  void problem_ofNamesThatTheNativeReaderTakesForOne_isThatTheyAreTwice() throws IOException {
    bad("twice", zip(with("m/DATA.PKL")));
    bad("twice", zip(with("M/data.pkl")));
    byte[] twice = zip(with("m/data.pkX"));
    for (int i = 0; i < twice.length; i++) {
      if (twice[i] == 'X') {
        twice[i] = 'l';
      }
    }
    bad("twice", twice);
  }

  @Test
  void problem_ofADirectoryThatPointsElsewhere_isThatItIsDamaged() throws IOException {
    byte[] good = zip(GOOD);
    int end = good.length - 22;
    for (int bit = 0; bit < 32; bit++) {
      byte[] moved = good.clone();
      moved[end + 16 + bit / 8] ^= (byte) (1 << bit % 8);
      bad("damaged", moved);
    }
    byte[] more = good.clone();
    more[end + 10]++;
    bad("damaged", more);
    byte[] all = good.clone();
    all[end + 10] = -1;
    all[end + 11] = -1;
    bad("damaged", all);
  }

  /** Whatever is changed, an answer comes; every read is checked against the end. */
  @Test
  void problem_ofMutatedModels_neverThrows() throws IOException {
    long seed = 20261121;
    Random random = new Random(seed);
    List<Path> models = samples().toList();
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = i % 2 == 0 ? zip(GOOD) : Files.readAllBytes(models.get(i % models.size()));
      if (random.nextInt(4) == 0) {
        bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      }
      // Most of what is read lies at the end.
      for (int flips = random.nextInt(8); flips > 0 && bytes.length > 0; flips--) {
        int reach = random.nextBoolean() ? Math.min(64, bytes.length) : bytes.length;
        bytes[bytes.length - 1 - random.nextInt(reach)] = (byte) random.nextInt();
      }
      try {
        assertNotNull(ArchiveCheck.problem(bytes));
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ", archive " + i, e);
      }
    }
  }
}
