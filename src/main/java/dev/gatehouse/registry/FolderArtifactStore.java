package dev.gatehouse.registry;

import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Semaphore;

/**
 * An {@link ArtifactStore} in a local folder.
 *
 * <p>An artifact lies at {@code artifacts/<first two hex digits>/<hex>}. An upload is written to a
 * file of its own under {@code incoming}, forced to the disk and renamed into place, so that a
 * crash at any point leaves the artifact whole or absent. Files and folders are open to their owner
 * only.
 *
 * <p>Several processes of one user may share the folder, on a file system with atomic renames and
 * with locks that hold for all of them. A running upload holds a file lock, which ends with its
 * process. What lies in {@code incoming} without one was left over by a crash and goes when the
 * store is opened; it is removed under that lock, so that an upload which begins at the same moment
 * sees that its file is gone and takes another.
 */
public final class FolderArtifactStore implements ArtifactStore {

  /** The largest artifact that any configuration may allow: what one array can hold. */
  public static final long SIZE_BYTES_LIMIT = Integer.MAX_VALUE - 8;

  /** The most uploads that any configuration may allow at once. */
  public static final int UPLOADS_LIMIT = 1024;

  /** What a caller is told to wait when the medium fails. */
  static final Duration RETRY_AFTER_FAILURE = Duration.ofSeconds(30);

  /** What a caller is told to wait when too many uploads run. */
  static final Duration RETRY_AFTER_FULL = Duration.ofSeconds(5);

  private static final System.Logger LOG = System.getLogger(FolderArtifactStore.class.getName());

  private final Path artifacts;
  private final Path incoming;
  private final long sizeBytesMax;
  private final Semaphore uploads;

  private FolderArtifactStore(Path root, long sizeBytesMax, int uploadsMax) {
    this.artifacts = root.resolve("artifacts");
    this.incoming = root.resolve("incoming");
    this.sizeBytesMax = sizeBytesMax;
    this.uploads = new Semaphore(uploadsMax);
  }

  /**
   * Opens the store in {@code root}, makes its folders where they are missing, and removes what
   * crashed uploads left.
   *
   * @param sizeBytesMax the largest artifact, 1 to {@link #SIZE_BYTES_LIMIT}
   * @param uploadsMax the most uploads at once, 1 to {@link #UPLOADS_LIMIT}
   * @throws IOException if the folders cannot be made or read
   * @throws IllegalArgumentException if a bound is out of its range
   */
  public static FolderArtifactStore open(Path root, long sizeBytesMax, int uploadsMax)
      throws IOException {
    if (sizeBytesMax < 1 || sizeBytesMax > SIZE_BYTES_LIMIT) {
      throw new IllegalArgumentException("artifacts have 1 to " + SIZE_BYTES_LIMIT + " bytes");
    }
    if (uploadsMax < 1 || uploadsMax > UPLOADS_LIMIT) {
      throw new IllegalArgumentException("1 to " + UPLOADS_LIMIT + " uploads run at once");
    }
    FolderArtifactStore store = new FolderArtifactStore(root, sizeBytesMax, uploadsMax);
    Files.createDirectories(root, ownerOnly(root, "rwx------"));
    makeFolder(store.artifacts);
    makeFolder(store.incoming);
    force(root);
    store.sweep();
    return store;
  }

  @Override
  public ArtifactUpload begin(Sha256 declared, long declaredSizeBytes) {
    if (declaredSizeBytes < 1 || declaredSizeBytes > sizeBytesMax) {
      throw new RefusedException(
          new Refusal.ArtifactInvalid("the declared size is not 1 to " + sizeBytesMax + " bytes"));
    }
    if (!uploads.tryAcquire()) {
      throw new RefusedException(new Refusal.QueueFull(RETRY_AFTER_FULL));
    }
    try {
      return FolderArtifactUpload.begin(
          this, incoming, declared, declaredSizeBytes, uploads::release);
    } catch (IOException e) {
      uploads.release();
      throw lost("begin the upload of", declared, e);
    }
  }

  @Override
  public boolean contains(Sha256 digest) {
    return Files.isRegularFile(fileOf(digest), LinkOption.NOFOLLOW_LINKS);
  }

  @Override
  public byte[] read(Sha256 digest) {
    byte[] content;
    try (FileChannel file =
        FileChannel.open(fileOf(digest), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      content = readAll(file, digest);
    } catch (NoSuchFileException e) {
      LOG.log(Level.ERROR, "artifact {0} is not in the store", digest);
      throw new RefusedException(new Refusal.NotFound("artifact " + digest));
    } catch (IOException e) {
      throw lost("read", digest, e);
    }
    if (!Sha256.of(content).equals(digest)) {
      LOG.log(Level.ERROR, "artifact {0} was changed in the store", digest);
      throw new RefusedException(
          new Refusal.ArtifactInvalid("the stored artifact does not have its digest any more"));
    }
    return content;
  }

  private byte[] readAll(FileChannel file, Sha256 digest) throws IOException {
    if (file.size() > sizeBytesMax) {
      LOG.log(Level.ERROR, "artifact {0} is larger than {1} bytes", digest, sizeBytesMax);
      throw new RefusedException(
          new Refusal.ArtifactInvalid("the stored artifact is larger than is allowed"));
    }
    ByteBuffer content = ByteBuffer.allocate((int) file.size());
    while (content.hasRemaining()) {
      if (file.read(content) < 0) {
        throw new IOException("the file became shorter while it was read");
      }
    }
    return content.array();
  }

  @Override
  public void delete(Sha256 digest) {
    Path file = fileOf(digest);
    try {
      if (Files.deleteIfExists(file)) {
        force(folderOf(digest));
      }
    } catch (IOException e) {
      throw lost("delete", digest, e);
    }
  }

  /**
   * Renames a complete file into place, over the same artifact if it is there already: a rename is
   * atomic, and the new file is known to have the digest.
   */
  void adopt(Path complete, Sha256 digest) throws IOException {
    Path folder = folderOf(digest);
    if (!Files.isDirectory(folder)) {
      makeFolder(folder);
      force(artifacts);
    }
    Files.move(complete, fileOf(digest), StandardCopyOption.ATOMIC_MOVE);
    force(folder);
  }

  /** Logs why the medium failed and returns the refusal. */
  RefusedException lost(String what, Sha256 digest, IOException cause) {
    LOG.log(Level.ERROR, "the artifact store cannot " + what + " " + digest, cause);
    return new RefusedException(new Refusal.DependencyLost(RETRY_AFTER_FAILURE));
  }

  private Path folderOf(Sha256 digest) {
    return artifacts.resolve(digest.hex().substring(0, 2));
  }

  private Path fileOf(Sha256 digest) {
    return folderOf(digest).resolve(digest.hex());
  }

  private void sweep() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(incoming)) {
      for (Path file : files) {
        if (removed(file)) {
          LOG.log(Level.INFO, "removed {0}, which an upload left over", file.getFileName());
        }
      }
    }
  }

  /** Removes a file that no upload holds, before giving up its lock. */
  private static boolean removed(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock != null && Files.deleteIfExists(file);
    } catch (OverlappingFileLockException | NoSuchFileException e) {
      return false; // an upload of this process holds it, or it is gone by now
    }
  }

  private static void makeFolder(Path folder) throws IOException {
    try {
      Files.createDirectory(folder, ownerOnly(folder, "rwx------"));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder)) {
        throw e;
      }
    }
  }

  /** The permissions to create a file with; none where the file system does not know them. */
  static FileAttribute<?>[] ownerOnly(Path place, String permissions) {
    if (!place.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return new FileAttribute<?>[0];
    }
    Set<PosixFilePermission> set = PosixFilePermissions.fromString(permissions);
    return new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(set)};
  }

  /** Makes the entries of a folder durable, where the system lets folders be opened. */
  private static void force(Path folder) throws IOException {
    if (!folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return;
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
