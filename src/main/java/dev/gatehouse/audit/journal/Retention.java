package dev.gatehouse.audit.journal;

import dev.gatehouse.audit.merkle.Hash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Deletes the payload of old segments that are anchored, and keeps their hashes: so the tree and
 * the chain can still be verified, and nothing can be read.
 *
 * <p>A segment is as old as its file's last change, which is when it was closed. The hashes get
 * their name when all of them are on disk, and the segment is deleted after that; a crash in
 * between leaves both, and the next run deletes the segment.
 */
final class Retention {

  private static final Logger LOG = Logger.getLogger(Retention.class);

  private static final int BUFFER_BYTES = 64 * 1024;

  private final Path journals;
  private final JournalId own;
  private final Duration retention;
  private final InstantSource clock;
  private final Medium medium;

  private volatile boolean stopping;

  Retention(Path journals, JournalId own, Duration retention, InstantSource clock, Medium medium) {
    this.journals = journals;
    this.own = own;
    this.retention = retention;
    this.clock = clock;
    this.medium = medium;
  }

  /** Makes it stop behind the segment that it is at. */
  void stop() {
    stopping = true;
  }

  /**
   * Deletes what is due.
   *
   * @param ownAnchored how many segments of the own journal are anchored
   */
  void run(long ownAnchored) throws IOException {
    for (JournalFolder folder : JournalFolder.in(journals)) {
      if (stopping) {
        return;
      }
      if (folder.id().equals(own)) {
        reduce(folder, ownAnchored);
      } else if (folder.closed()) {
        reduceOther(folder);
      }
    }
  }

  private void reduceOther(JournalFolder folder) throws IOException {
    if (!anyDue(folder, Long.MAX_VALUE)) {
      return;
    }
    try (FileChannel channel = Disk.lockFile(folder.lock());
        FileLock lock = channel.tryLock()) {
      if (lock != null) {
        reduce(folder, Long.MAX_VALUE);
      }
    } catch (OverlappingFileLockException other) {
      LOG.debugf("The journal %s is in use", folder.id());
    }
  }

  private boolean anyDue(JournalFolder folder, long anchored) throws IOException {
    for (JournalFolder.Part part : folder.parts()) {
      if (due(part, anchored)) {
        return true;
      }
    }
    return false;
  }

  private boolean due(JournalFolder.Part part, long anchored) throws IOException {
    if (part.hashesOnly() || part.number() >= anchored) {
      return false;
    }
    Instant closed = Files.getLastModifiedTime(part.file()).toInstant();
    return closed.plus(retention).isBefore(clock.instant());
  }

  private void reduce(JournalFolder folder, long anchored) throws IOException {
    for (JournalFolder.Part part : folder.parts()) {
      if (!stopping && due(part, anchored)) {
        try {
          reduce(folder, part);
        } catch (IOException failure) {
          LOG.errorf(failure, "The payload of %s could not be deleted", part.file());
        }
      }
    }
  }

  private void reduce(JournalFolder folder, JournalFolder.Part part) throws IOException {
    Path hashes = folder.hashes(part.number());
    Path unfinished = hashes.resolveSibling(hashes.getFileName() + ".new");
    String problem = writeHashes(part.file(), unfinished);
    if (problem != null) {
      medium.delete(unfinished);
      throw new IOException("it is not as it was closed: " + problem);
    }
    medium.rename(unfinished, hashes);
    medium.forceFolder(folder.path());
    medium.delete(part.file());
    medium.forceFolder(folder.path());
  }

  /** Returns what is wrong with the segment, or null if its hashes are on disk. */
  private @Nullable String writeHashes(Path segment, Path to) throws IOException {
    try (SegmentReader reader = SegmentReader.open(segment);
        Medium.Target target = medium.create(to)) {
      SegmentHeader header = reader.header();
      if (header == null) {
        return String.valueOf(reader.end());
      }
      int countPosition = HashesReader.MAGIC.length + SegmentHeader.BYTES;
      ByteBuffer out = ByteBuffer.allocate(BUFFER_BYTES);
      out.put(HashesReader.MAGIC).put(header.bytes()).putLong(0);
      long position = 0;
      for (SegmentRecord record = reader.next(); record != null; record = reader.next()) {
        if (out.remaining() < Hash.BYTES) {
          position += flush(target, out, position);
        }
        out.put(record.leaf().bytes());
      }
      if (!(reader.end() instanceof SegmentEnd.Closed closed)) {
        return String.valueOf(reader.end());
      }
      position += flush(target, out, position);
      out.put(closed.footer().bytes());
      flush(target, out, position);
      out.putLong(reader.count());
      flush(target, out, countPosition);
      target.force();
      return null;
    }
  }

  private static int flush(Medium.Target target, ByteBuffer out, long position) throws IOException {
    out.flip();
    int bytes = out.remaining();
    target.write(out, position);
    out.clear();
    return bytes;
  }
}
