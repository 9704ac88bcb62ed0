package dev.gatehouse.registry;

import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An upload into a {@link FolderArtifactStore}: a locked file in its folder {@code incoming}. */
final class FolderArtifactUpload implements ArtifactUpload {

  private static final System.Logger LOG = System.getLogger(FolderArtifactUpload.class.getName());

  /** How often a file is made anew that another process has removed. */
  private static final int BEGIN_TRIES_MAX = 3;

  private final FolderArtifactStore store;
  private final Sha256 declared;
  private final long declaredSizeBytes;
  private final Runnable onClose;
  private final Path path;
  private final FileChannel file;
  private final MessageDigest digest = Sha256.newDigest();
  private long sizeBytes;
  private boolean ended;
  private boolean closed;

  private FolderArtifactUpload(
      FolderArtifactStore store,
      Sha256 declared,
      long declaredSizeBytes,
      Runnable onClose,
      Path path,
      FileChannel file) {
    this.store = store;
    this.declared = declared;
    this.declaredSizeBytes = declaredSizeBytes;
    this.onClose = onClose;
    this.path = path;
    this.file = file;
  }

  /**
   * Makes the file and locks it, so that a store opened meanwhile does not take it for left over.
   * One that is opened in between does: then it is made anew.
   *
   * @param onClose called exactly once, when the upload is closed
   */
  static FolderArtifactUpload begin(
      FolderArtifactStore store,
      Path incoming,
      Sha256 declared,
      long declaredSizeBytes,
      Runnable onClose)
      throws IOException {
    for (int triesLeft = BEGIN_TRIES_MAX; triesLeft > 0; triesLeft--) {
      Path path = incoming.resolve(UUID.randomUUID() + ".part");
      FolderArtifactUpload upload = locked(store, path, declared, declaredSizeBytes, onClose);
      if (upload != null) {
        return upload;
      }
    }
    throw new IOException("other processes take every file for left over");
  }

  /** Null if the file was taken for left over before it was locked. */
  private static @Nullable FolderArtifactUpload locked(
      FolderArtifactStore store,
      Path path,
      Sha256 declared,
      long declaredSizeBytes,
      Runnable onClose)
      throws IOException {
    FileChannel file =
        FileChannel.open(
            path,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            FolderArtifactStore.ownerOnly(path, "rw-------"));
    FolderArtifactUpload upload =
        new FolderArtifactUpload(store, declared, declaredSizeBytes, onClose, path, file);
    try {
      if (file.tryLock() != null && Files.exists(path)) {
        return upload;
      }
    } catch (IOException e) {
      upload.discard();
      throw e;
    }
    upload.discard();
    return null;
  }

  @Override
  public void write(ByteBuffer bytes) {
    requireRunning();
    if (bytes.remaining() > declaredSizeBytes - sizeBytes) {
      throw invalid("more bytes came than the declared " + declaredSizeBytes);
    }
    sizeBytes += bytes.remaining();
    digest.update(bytes.duplicate());
    try {
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
    } catch (IOException e) {
      ended = true;
      throw store.lost("write", declared, e);
    }
  }

  @Override
  public void finish() {
    requireRunning();
    if (sizeBytes != declaredSizeBytes) {
      throw invalid(sizeBytes + " bytes came instead of the declared " + declaredSizeBytes);
    }
    if (!Sha256.ofBytes(digest.digest()).equals(declared)) {
      throw invalid("the SHA-256 of the bytes is not the declared one");
    }
    ended = true;
    try {
      file.force(true);
      store.adopt(path, declared);
    } catch (IOException e) {
      throw store.lost("finish", declared, e);
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    ended = true;
    discard();
    onClose.run();
  }

  /** Removes the file if it was not renamed, and only then gives up its lock. */
  private void discard() {
    try (file) {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      LOG.log(Level.WARNING, "an unfinished upload stays until the store is opened again", e);
    }
  }

  private void requireRunning() {
    if (ended) {
      throw new IllegalStateException("the upload has ended");
    }
  }

  private RefusedException invalid(String description) {
    ended = true;
    return new RefusedException(new Refusal.ArtifactInvalid(description));
  }
}
