package dev.gatehouse.serving;

import dev.gatehouse.access.Action;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.registry.ArtifactStore;
import dev.gatehouse.registry.ArtifactUpload;
import dev.gatehouse.registry.ModelVersion;
import dev.gatehouse.registry.Registry;
import dev.gatehouse.serving.Administration.Told;
import dev.gatehouse.torchscript.ArchiveCheck;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * A version on its way in. Used by one thread at a time; closed by whoever began it, whatever
 * happens.
 */
public final class Upload implements AutoCloseable {

  private static final Semaphore READING = new Semaphore(1);

  private final Caller caller;
  private final NewVersion declared;
  private final ArtifactUpload bytes;
  private final Ownership ownership;
  private final ArtifactStore store;
  private final Registry registry;
  private final Administration administration;
  private final Catalogue catalogue;
  private final InstantSource clock;

  Upload(
      Caller caller,
      NewVersion declared,
      ArtifactUpload bytes,
      Ownership ownership,
      ArtifactStore store,
      Registry registry,
      Administration administration,
      Catalogue catalogue,
      InstantSource clock) {
    this.caller = caller;
    this.declared = declared;
    this.bytes = bytes;
    this.ownership = ownership;
    this.store = store;
    this.registry = registry;
    this.administration = administration;
    this.catalogue = catalogue;
    this.clock = clock;
  }

  /**
   * Takes the next bytes.
   *
   * @throws RefusedException with {@code ArtifactInvalid} if more come than declared
   */
  public void write(ByteBuffer next) {
    bytes.write(next);
  }

  /**
   * Checks what came and makes it a version.
   *
   * @throws RefusedException with {@code ArtifactInvalid} if size, digest or structure are wrong,
   *     with {@code AlreadyExists} if the version was added meanwhile, with {@code AccessDenied} if
   *     the model is the caller's to upload to no more
   */
  public ModelVersion finish() {
    bytes.finish();
    try {
      requireTorchScript();
      ModelVersion version =
          administration.change(
              caller,
              "versions.upload",
              made ->
                  new Told(
                      declared.resource(),
                      "sha256=" + made.digest() + " bytes=" + made.sizeBytes()),
              () -> {
                // Once more: bytes may take long to come, and it may have been taken back.
                ownership.require(caller, declared.model(), Action.UPLOAD);
                return registry.addVersion(
                    declared.model(),
                    declared.version(),
                    declared.digest(),
                    declared.sizeBytes(),
                    declared.signature(),
                    caller.id(),
                    clock.instant());
              });
      catalogue.refresh(declared.model());
      return version;
    } catch (RuntimeException | Error e) {
      discard(e);
      throw e;
    }
  }

  /** One file at a time, since each is held in the heap. */
  private void requireTorchScript() {
    READING.acquireUninterruptibly();
    Optional<String> problem;
    try {
      problem = ArchiveCheck.problem(store.read(declared.digest()));
    } finally {
      READING.release();
    }
    if (problem.isPresent()) {
      throw new RefusedException(
          new Refusal.ArtifactInvalid("no TorchScript archive: " + problem.get()));
    }
  }

  private void discard(Throwable cause) {
    try {
      boolean ignored = registry.deleteArtifactIfUnused(declared.digest());
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  /** Ends the upload; unless it was finished, nothing stays of it. */
  @Override
  public void close() {
    bytes.close();
  }
}
