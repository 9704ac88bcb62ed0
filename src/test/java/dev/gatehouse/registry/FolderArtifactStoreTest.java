package dev.gatehouse.registry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.core.Refusal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract, and what is special about files. */
class FolderArtifactStoreTest extends ArtifactStoreContract {

  @TempDir private Path folder;
  private Path root;
  private ArtifactStore store;

  @BeforeEach
  void open() throws IOException {
    root = folder.resolve("store");
    store = FolderArtifactStore.open(root, SIZE_BYTES_MAX, UPLOADS_MAX);
  }

  @Override
  ArtifactStore store() {
    return store;
  }

  private Path fileOf(byte[] content) {
    String hex = Sha256.of(content).hex();
    return root.resolve("artifacts").resolve(hex.substring(0, 2)).resolve(hex);
  }

  private List<Path> incoming() throws IOException {
    try (Stream<Path> files = Files.list(root.resolve("incoming"))) {
      return files.toList();
    }
  }

  @Test
  void finish_everything_isForTheOwnerOnly() throws IOException {
    byte[] content = content(1, 100);
    put(store, content);
    assertEquals("rw-------", permissions(fileOf(content)));
    assertEquals("rwx------", permissions(fileOf(content).resolveSibling("")));
    assertEquals("rwx------", permissions(root.resolve("artifacts")));
    assertEquals("rwx------", permissions(root.resolve("incoming")));
    assertEquals("rwx------", permissions(root));
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void read_changedByte_isRefused() throws IOException {
    byte[] content = content(2, 100_000);
    put(store, content);
    byte[] changed = content.clone();
    changed[50_000] ^= 1;
    Files.write(fileOf(content), changed);
    refused(Refusal.ArtifactInvalid.class, () -> store.read(Sha256.of(content)));
  }

  @Test
  void read_cutOrGrownOrEmptied_isRefused() throws IOException {
    byte[] content = content(3, 1000);
    put(store, content);
    for (int sizeBytes : new int[] {0, 999, 1001, SIZE_BYTES_MAX, SIZE_BYTES_MAX + 1}) {
      byte[] changed = new byte[sizeBytes];
      System.arraycopy(content, 0, changed, 0, Math.min(content.length, sizeBytes));
      Files.write(fileOf(content), changed);
      refused(Refusal.ArtifactInvalid.class, () -> store.read(Sha256.of(content)));
    }
  }

  @Test
  void finish_overChangedFile_repairsIt() throws IOException {
    byte[] content = content(4, 1000);
    put(store, content);
    Files.write(fileOf(content), new byte[7]);
    put(store, content);
    assertArrayEquals(content, store.read(Sha256.of(content)));
  }

  @Test
  void read_linkInItsPlace_isRefused() throws IOException {
    byte[] content = content(5, 1000);
    Path elsewhere = Files.write(folder.resolve("elsewhere"), content);
    Files.createDirectories(fileOf(content).resolveSibling(""));
    Files.createSymbolicLink(fileOf(content), elsewhere);
    refused(Refusal.DependencyLost.class, () -> store.read(Sha256.of(content)));
    assertFalse(store.contains(Sha256.of(content)));
  }

  @Test
  void close_anyUpload_leavesNoFile() throws IOException {
    byte[] content = content(6, 1000);
    put(store, content);
    assertEquals(List.of(), incoming());
    try (ArtifactUpload upload = store.begin(Sha256.of(content), content.length)) {
      upload.write(ByteBuffer.wrap(content));
      assertEquals(1, incoming().size());
    }
    assertEquals(List.of(), incoming());
  }

  @Test
  void open_leftOverAndRunningUpload_removesTheLeftOverOnly() throws IOException {
    byte[] content = content(7, 1000);
    Files.write(root.resolve("incoming").resolve("crashed.part"), content);
    try (ArtifactUpload upload = store.begin(Sha256.of(content), content.length)) {
      upload.write(ByteBuffer.wrap(content));
      FolderArtifactStore.open(root, SIZE_BYTES_MAX, UPLOADS_MAX);
      assertFalse(Files.exists(root.resolve("incoming").resolve("crashed.part")));
      assertEquals(1, incoming().size());
      upload.finish();
    }
    assertArrayEquals(content, store.read(Sha256.of(content)));
  }

  /** As two processes that share the folder, one of which starts again and again. */
  @Test
  void begin_whileTheStoreIsOpenedAgainAndAgain_losesNoUpload() throws Exception {
    Process opener =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                OpenAgain.class.getName(),
                root.toString())
            .redirectErrorStream(true)
            .start();
    try (var said = opener.inputReader()) {
      assertEquals("opening", said.readLine());
      for (int i = 0; i < 300; i++) {
        byte[] content = content(100 + i, 500);
        put(store, content);
        assertArrayEquals(content, store.read(Sha256.of(content)));
      }
    } finally {
      opener.destroyForcibly();
    }
    assertEquals(List.of(), incoming());
  }

  /** Opens a store until it is ended. */
  static final class OpenAgain {
    private OpenAgain() {}

    public static void main(String[] arguments) throws IOException {
      System.out.println("opening");
      System.setErr(new java.io.PrintStream(java.io.OutputStream.nullOutputStream()));
      while (true) {
        ArtifactStore opened =
            FolderArtifactStore.open(Path.of(arguments[0]), SIZE_BYTES_MAX, UPLOADS_MAX);
        if (opened.contains(Sha256.of(new byte[0]))) {
          return;
        }
      }
    }
  }

  @Test
  void open_again_artifactsAreStillThere() throws IOException {
    byte[] content = content(8, 1000);
    put(store, content);
    ArtifactStore reopened = FolderArtifactStore.open(root, SIZE_BYTES_MAX, UPLOADS_MAX);
    assertArrayEquals(content, reopened.read(Sha256.of(content)));
  }

  @Test
  void open_boundsOutOfRange_throws() {
    for (long sizeBytesMax : new long[] {0, -1, Long.MAX_VALUE}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> FolderArtifactStore.open(root, sizeBytesMax, UPLOADS_MAX));
    }
    for (int uploadsMax : new int[] {0, -1, 1025}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> FolderArtifactStore.open(root, SIZE_BYTES_MAX, uploadsMax));
    }
  }

  @Test
  void finish_fileTakenAway_losesTheDependency() throws IOException {
    byte[] content = content(9, 1000);
    try (ArtifactUpload upload = store.begin(Sha256.of(content), content.length)) {
      upload.write(ByteBuffer.wrap(content));
      Files.delete(incoming().getFirst());
      refused(Refusal.DependencyLost.class, upload::finish);
    }
    assertFalse(store.contains(Sha256.of(content)));
  }

  @Test
  void begin_folderTakenAway_losesTheDependencyAndNoUpload() throws IOException {
    Files.delete(root.resolve("incoming"));
    byte[] content = content(10, 10);
    for (int i = 0; i < UPLOADS_MAX + 1; i++) {
      refused(Refusal.DependencyLost.class, () -> store.begin(Sha256.of(content), content.length));
    }
  }

  @Test
  void write_diskFull_losesTheDependencyAndLeavesNothing() throws Exception {
    Path small = Files.createDirectory(folder.resolve("small"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small.toString()),
        "needs the right to mount");
    try {
      ArtifactStore full = FolderArtifactStore.open(small, SIZE_BYTES_MAX, UPLOADS_MAX);
      byte[] content = content(11, 200_000);
      try (ArtifactUpload upload = full.begin(Sha256.of(content), content.length)) {
        refused(Refusal.DependencyLost.class, () -> upload.write(ByteBuffer.wrap(content)));
      }
      assertFalse(full.contains(Sha256.of(content)));
      byte[] fits = content(12, 30_000);
      put(full, fits);
      assertArrayEquals(fits, full.read(Sha256.of(fits)), "the space was not given back");
    } finally {
      run("umount", small.toString());
    }
  }

  private static boolean run(String... command) throws Exception {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false; // no such command
    }
  }
}
