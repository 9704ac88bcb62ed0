package dev.gatehouse.registry;

/**
 * A store of artifacts, each under the SHA-256 of its bytes.
 *
 * <p>An artifact is there completely or not at all, and what {@link #read} returns has the digest
 * it was asked for. The store does not know who refers to an artifact: {@link
 * Registry#deleteArtifactIfUnused} decides that before it calls {@link #delete}.
 *
 * <p>Methods may be called by any thread, also for the same digest at once. They block on the
 * medium. Where it fails, they refuse with {@code DependencyLost}, and the cause is in the log.
 */
public interface ArtifactStore {

  /**
   * Begins to take in an artifact; nothing of it can be read before {@link ArtifactUpload#finish}.
   *
   * @param declared the digest that the bytes must turn out to have
   * @param declaredSizeBytes how many bytes must come
   * @return the upload, which its receiver closes
   * @throws dev.gatehouse.core.RefusedException {@code ArtifactInvalid} if the size is not positive
   *     or above the store's bound, {@code QueueFull} if too many uploads run, {@code
   *     DependencyLost}
   */
  ArtifactUpload begin(Sha256 declared, long declaredSizeBytes);

  /** Whether the artifact is there. Its bytes are not checked. */
  boolean contains(Sha256 digest);

  /**
   * The bytes of an artifact, checked against its digest.
   *
   * @throws dev.gatehouse.core.RefusedException {@code NotFound} if it is not there, {@code
   *     ArtifactInvalid} if the stored bytes were changed, {@code DependencyLost}
   */
  byte[] read(Sha256 digest);

  /**
   * Removes an artifact, or does nothing if it is not there.
   *
   * @throws dev.gatehouse.core.RefusedException {@code DependencyLost}
   */
  void delete(Sha256 digest);
}
