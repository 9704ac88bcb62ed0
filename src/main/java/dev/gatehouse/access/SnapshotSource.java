package dev.gatehouse.access;

/** Where snapshots come from; blocks on the database. */
interface SnapshotSource {

  /**
   * What is registered and granted now.
   *
   * @param previous the snapshot loaded before; returned itself if nothing has changed since
   * @throws RuntimeException if the database cannot be read
   */
  AccessSnapshot load(AccessSnapshot previous);
}
