package dev.gatehouse.audit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;

/**
 * A disk in memory that takes a few bytes at a time, has a capacity as a real one has, and can be
 * made to hang.
 */
final class StubbornChannel implements WritableByteChannel {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final int bytesAWriteMax;
  private int capacity;
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile boolean open = true;
  private volatile int failures;

  StubbornChannel(int bytesAWriteMax, int capacity) {
    this.bytesAWriteMax = bytesAWriteMax;
    this.capacity = capacity;
  }

  synchronized void capacity(int capacity) {
    this.capacity = capacity;
  }

  void hang() {
    gate = new CountDownLatch(1);
  }

  void resume() {
    gate.countDown();
  }

  int failures() {
    return failures;
  }

  synchronized String text() {
    return bytes.toString(StandardCharsets.US_ASCII);
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    try {
      gate.await();
    } catch (InterruptedException interrupted) {
      throw new IOException(interrupted);
    }
    return take(source);
  }

  private synchronized int take(ByteBuffer source) throws IOException {
    int taken = Math.min(source.remaining(), Math.min(bytesAWriteMax, capacity - bytes.size()));
    if (taken <= 0) {
      failures++;
      throw new IOException("No space left on device");
    }
    for (int i = 0; i < taken; i++) {
      bytes.write(source.get());
    }
    return taken;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void close() {
    open = false;
  }
}
