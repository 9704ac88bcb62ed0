package dev.gatehouse.audit.checkpoint;

import java.io.IOException;

/**
 * A place where checkpoints are kept out of reach of the database: a folder, a server, a bucket
 * with retention. Called by one thread.
 */
public interface CheckpointSink {

  /** Its name in metrics and messages. */
  String name();

  /**
   * Keeps a checkpoint. One that it has already is no error; another one of the same size is.
   *
   * @throws OtherCheckpointException if there is another one of the same size, which is known
   * @throws IOException if it cannot be kept; it is tried again later, with a newer one perhaps
   */
  void keep(Checkpoint checkpoint, SignedNote note) throws IOException;
}
