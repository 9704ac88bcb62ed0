package dev.gatehouse.abuse.watch;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.abuse.content.RowWatch;
import dev.gatehouse.core.ModelName;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ReferencesTest {

  private static final ModelName GOOD = new ModelName("good");

  @SuppressWarnings("NullAway.Init") // set by JUnit
  @TempDir
  private Path folder;

  /** Rows around 100 and 200, with a column that is left out between them. */
  private static String rows(int count) {
    Random random = new Random(1);
    StringBuilder text = new StringBuilder("a,\"label\",b\n");
    for (int i = 0; i < count; i++) {
      text.append(100 + random.nextGaussian()).append(",x,");
      text.append(200 + random.nextGaussian()).append('\n');
    }
    return text.toString();
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  private References read() {
    return References.read(folder, new Random(2));
  }

  /** Whether rows unlike those of the file are novel, and those like it are not. */
  private static boolean known(References references, ModelName model) {
    RowWatch watch = new RowWatch(references.of(model, 2));
    watch.observe(new float[] {100, 200}, 0, 2, null, 0, 0, 0);
    watch.observe(new float[] {200, 100}, 0, 2, null, 0, 0, 0);
    return watch.signals(0).novelRows() == 1;
  }

  @Test
  void of_aModelWithAFile_isMadeOfIt() throws IOException {
    write("good.csv", rows(150));
    write("notes.txt", "not one");
    References references = read();

    assertTrue(known(references, GOOD));
    assertFalse(known(references, new ModelName("other")));
    assertSame(references.of(GOOD, 2), references.of(GOOD, 2));
    assertNotSame(references.of(GOOD, 2), references.of(GOOD, 3), "rows of another width");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a,b\n",
        "a,b\n1,2\n",
        "label\n1\n",
      })
  void read_fileWithTooLittle_isLeftOutAndOthersAreRead(String text) throws IOException {
    write("bad.csv", text);
    write("good.csv", rows(100));

    assertTrue(known(read(), GOOD));
    assertFalse(known(read(), new ModelName("bad")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1,x", "1,x,2,3", "1,x,NaN", "1,x,", "1,x,two", "1e99,x,2"})
  void read_fileWithABadRow_isLeftOut(String row) throws IOException {
    write("bad.csv", rows(150) + row + "\n");
    write("good.csv", rows(100));

    assertTrue(known(read(), GOOD));
    assertFalse(known(read(), new ModelName("bad")));
  }

  @Test
  void read_hugeOrStrangeFiles_areLeftOut() throws IOException {
    write("good.csv", rows(100));
    write("No Model.csv", rows(100));
    write("wide.csv", "a,".repeat(References.COLUMNS_MAX) + "b\n");
    Files.write(folder.resolve("binary.csv"), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
    Files.createDirectory(folder.resolve("folder.csv"));
    try (RandomAccessFile file = new RandomAccessFile(folder.resolve("huge.csv").toFile(), "rw")) {
      file.setLength(References.FILE_BYTES_MAX + 1);
    }

    assertTrue(known(read(), GOOD));
    assertFalse(known(read(), new ModelName("huge")));
  }

  @Test
  void read_moreRowsThanAreLookedAt_readsTheFirst() throws IOException {
    write("good.csv", rows(10_000) + "1,x,far too late to be wrong\n");

    assertTrue(known(read(), GOOD));
  }

  @Test
  void read_folderThatIsMissing_knowsNoModel() {
    References references = References.read(folder.resolve("missing"), new Random(2));

    assertFalse(known(references, GOOD));
    assertFalse(known(References.read(null, new Random(2)), GOOD));
    assertSame(references.of(GOOD, 2), references.of(new ModelName("other"), 2));
  }
}
