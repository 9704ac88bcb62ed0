package dev.gatehouse.registry;

import java.nio.ByteBuffer;

/**
 * An artifact on its way into a store. Used by one thread at a time.
 *
 * <p>Every refusal ends the upload: afterwards it can only be closed.
 */
public interface ArtifactUpload extends AutoCloseable {

  /**
   * Takes the next bytes, all that {@code bytes} has left.
   *
   * @throws dev.gatehouse.core.RefusedException {@code ArtifactInvalid} if more come than were
   *     declared (none of them is kept), {@code DependencyLost}
   * @throws IllegalStateException if the upload has ended
   */
  void write(ByteBuffer bytes);

  /**
   * Checks size and digest and puts the artifact into the store, durably and at once. If it is
   * there already, nothing changes.
   *
   * @throws dev.gatehouse.core.RefusedException {@code ArtifactInvalid} if size or digest are not
   *     the declared ones, {@code DependencyLost}
   * @throws IllegalStateException if the upload has ended
   */
  void finish();

  /** Ends the upload; unless it was finished, nothing of it stays. May be called again. */
  @Override
  void close();
}
