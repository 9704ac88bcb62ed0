package dev.gatehouse.audit.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** The disk under a journal, as far as it is written; tests make it fail and wait. */
interface Medium {

  /** A file open for writing. */
  interface Target extends Closeable {

    /** Writes all that remains in the buffer at that place. */
    void write(ByteBuffer bytes, long position) throws IOException;

    /** Returns when what was written is on the medium; its size too. */
    void force() throws IOException;

    /** Cuts off what is behind that place. */
    void truncate(long size) throws IOException;
  }

  /** Makes an empty file for its owner alone, or empties the one that is there. */
  Target create(Path file) throws IOException;

  /** Opens a file that is there. */
  Target open(Path file) throws IOException;

  /** Returns when the names in a folder are on the medium. */
  void forceFolder(Path folder) throws IOException;

  /** Removes a file, if it is there. */
  void delete(Path file) throws IOException;

  /** Gives a file another name in one step, in place of what had that name. */
  void rename(Path from, Path to) throws IOException;
}
