package dev.gatehouse.audit.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A real disk that can be made to fail and to wait. When forcing fails, what was written since the
 * last time is gone, as it is when a kernel drops pages that it could not write.
 */
final class FickleMedium implements Medium {

  private final Disk disk = new Disk();

  /** How many bytes of each file are on the medium for certain. */
  final Map<Path, Long> forced = new ConcurrentHashMap<>();

  final AtomicInteger writesFailed = new AtomicInteger();
  final AtomicInteger forcesFailed = new AtomicInteger();
  final AtomicInteger waiting = new AtomicInteger();

  private volatile @Nullable Error writeError;
  private volatile boolean skipForces;
  private volatile boolean failWrites;
  private volatile boolean failForces;
  private volatile CountDownLatch gate = new CountDownLatch(0);

  /** Makes forcing do nothing, for tests of thousands of files that no power cut will meet. */
  FickleMedium withoutForcing() {
    skipForces = true;
    return this;
  }

  void failWrites(boolean now) {
    failWrites = now;
  }

  void failForces(boolean now) {
    failForces = now;
  }

  void throwOnWrite(@Nullable Error error) {
    writeError = error;
  }

  /** Makes writing and forcing wait until {@link #resume}. */
  void hold() {
    gate = new CountDownLatch(1);
  }

  void resume() {
    gate.countDown();
  }

  @Override
  public Target create(Path file) throws IOException {
    forced.put(file, 0L);
    return new FickleTarget(file, disk.create(file));
  }

  @Override
  public Target open(Path file) throws IOException {
    return new FickleTarget(file, disk.open(file));
  }

  @Override
  public void forceFolder(Path folder) throws IOException {
    if (!skipForces) {
      disk.forceFolder(folder);
    }
  }

  @Override
  public void delete(Path file) throws IOException {
    disk.delete(file);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    disk.rename(from, to);
  }

  private final class FickleTarget implements Target {

    private final Path file;
    private final Target target;

    FickleTarget(Path file, Target target) {
      this.file = file;
      this.target = target;
    }

    private void pass() throws IOException {
      waiting.incrementAndGet();
      try {
        gate.await();
      } catch (InterruptedException interrupted) {
        throw new IOException(interrupted);
      } finally {
        waiting.decrementAndGet();
      }
    }

    @Override
    public void write(ByteBuffer bytes, long position) throws IOException {
      pass();
      Error error = writeError;
      if (error != null) {
        writesFailed.incrementAndGet();
        throw error;
      }
      if (failWrites) {
        // Half of it gets there, as on a disk that becomes full.
        ByteBuffer half = bytes.duplicate();
        target.write(half.limit(half.position() + half.remaining() / 2), position);
        writesFailed.incrementAndGet();
        throw new IOException("No space left on device");
      }
      target.write(bytes, position);
    }

    @Override
    public void force() throws IOException {
      pass();
      if (failForces) {
        dropPages();
        forcesFailed.incrementAndGet();
        throw new IOException("Input/output error");
      }
      if (!skipForces) {
        target.force();
      }
      forced.put(file, Files.size(file));
    }

    private void dropPages() throws IOException {
      long from = forced.getOrDefault(file, 0L);
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        int bytes = (int) (channel.size() - from);
        if (bytes > 0) {
          int _ = channel.write(ByteBuffer.allocate(bytes), from);
        }
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      target.truncate(size);
      forced.merge(file, size, Math::min);
    }

    @Override
    public void close() throws IOException {
      target.close();
    }
  }
}
