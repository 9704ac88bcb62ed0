package dev.gatehouse.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What every {@link ArtifactStore} must do, whatever it is kept in. */
abstract class ArtifactStoreContract {

  /** The bound that {@link #store()} is made with. */
  static final int SIZE_BYTES_MAX = 1 << 20;

  /** The number of uploads that {@link #store()} allows. */
  static final int UPLOADS_MAX = 4;

  /** The store under test: empty at the start of each test, the same during one. */
  abstract ArtifactStore store();

  static byte[] content(long seed, int sizeBytes) {
    byte[] content = new byte[sizeBytes];
    new Random(seed).nextBytes(content);
    return content;
  }

  static void put(ArtifactStore store, byte[] content) {
    try (ArtifactUpload upload = store.begin(Sha256.of(content), content.length)) {
      upload.write(ByteBuffer.wrap(content));
      upload.finish();
    }
  }

  static <R extends Refusal> R refused(Class<R> kind, Executable action) {
    return assertInstanceOf(kind, assertThrows(RefusedException.class, action).refusal());
  }

  @Test
  void finish_bytesInPieces_readsBack() {
    for (int sizeBytes : new int[] {1, 4095, 4096, 300_001, SIZE_BYTES_MAX}) {
      byte[] content = content(sizeBytes, sizeBytes);
      Random pieces = new Random(sizeBytes);
      ByteBuffer rest = ByteBuffer.allocateDirect(sizeBytes).put(content).flip();
      try (ArtifactUpload upload = store().begin(Sha256.of(content), sizeBytes)) {
        while (rest.hasRemaining()) {
          int length = Math.min(rest.remaining(), pieces.nextInt(70_000));
          upload.write(rest.slice(rest.position(), length));
          rest.position(rest.position() + length);
        }
        upload.finish();
      }
      assertArrayEquals(content, store().read(Sha256.of(content)), "size " + sizeBytes);
    }
  }

  @Test
  void write_someBytes_takesAllThatAreLeft() {
    ByteBuffer bytes = ByteBuffer.wrap(content(1, 10)).position(3).limit(8);
    try (ArtifactUpload upload = store().begin(Sha256.of(content(1, 10)), 10)) {
      upload.write(bytes);
      assertFalse(bytes.hasRemaining());
    }
  }

  @Test
  void finish_notCalled_leavesNothing() {
    byte[] content = content(2, 1000);
    ArtifactUpload upload = store().begin(Sha256.of(content), content.length);
    upload.write(ByteBuffer.wrap(content));
    assertFalse(store().contains(Sha256.of(content)), "visible before it is finished");
    upload.close();
    upload.close();
    assertFalse(store().contains(Sha256.of(content)));
    refused(Refusal.NotFound.class, () -> store().read(Sha256.of(content)));
  }

  @Test
  void finish_otherBytes_isRefused() {
    byte[] content = content(3, 1000);
    byte[] changed = content.clone();
    changed[999] ^= 1;
    try (ArtifactUpload upload = store().begin(Sha256.of(content), content.length)) {
      upload.write(ByteBuffer.wrap(changed));
      refused(Refusal.ArtifactInvalid.class, upload::finish);
    }
    assertFalse(store().contains(Sha256.of(content)));
    assertFalse(store().contains(Sha256.of(changed)));
  }

  @Test
  void finish_cutStream_isRefused() {
    byte[] content = content(4, 1000);
    try (ArtifactUpload upload = store().begin(Sha256.of(content), content.length)) {
      upload.write(ByteBuffer.wrap(content, 0, 999));
      refused(Refusal.ArtifactInvalid.class, upload::finish);
      assertThrows(IllegalStateException.class, upload::finish, "a refusal ends the upload");
    }
    assertFalse(store().contains(Sha256.of(content)));
  }

  @Test
  void finish_shorterThanDeclaredButRightDigest_isRefused() {
    byte[] content = content(5, 1000);
    try (ArtifactUpload upload = store().begin(Sha256.of(content), content.length + 1)) {
      upload.write(ByteBuffer.wrap(content));
      refused(Refusal.ArtifactInvalid.class, upload::finish);
    }
    assertFalse(store().contains(Sha256.of(content)));
  }

  @Test
  void write_moreThanDeclared_isRefusedAtOnce() {
    byte[] content = content(6, 1000);
    try (ArtifactUpload upload = store().begin(Sha256.of(content), 999)) {
      upload.write(ByteBuffer.wrap(content, 0, 998));
      refused(Refusal.ArtifactInvalid.class, () -> upload.write(ByteBuffer.wrap(content, 998, 2)));
      assertThrows(
          IllegalStateException.class, () -> upload.write(ByteBuffer.wrap(content, 998, 1)));
    }
    assertFalse(store().contains(Sha256.of(content)));
  }

  @Test
  void begin_sizeOutOfBounds_isRefused() {
    Sha256 digest = Sha256.of(content(7, 1));
    for (long sizeBytes : new long[] {Long.MIN_VALUE, -1, 0, SIZE_BYTES_MAX + 1, Long.MAX_VALUE}) {
      refused(Refusal.ArtifactInvalid.class, () -> store().begin(digest, sizeBytes));
    }
  }

  @Test
  void begin_tooMany_isRefusedUntilOneIsClosed() {
    byte[] content = content(8, 10);
    List<ArtifactUpload> running = new ArrayList<>();
    for (int i = 0; i < UPLOADS_MAX; i++) {
      running.add(store().begin(Sha256.of(content), content.length));
    }
    refused(Refusal.QueueFull.class, () -> store().begin(Sha256.of(content), content.length));
    running.getFirst().close();
    running.getFirst().close();
    running.set(0, store().begin(Sha256.of(content), content.length));
    refused(Refusal.QueueFull.class, () -> store().begin(Sha256.of(content), content.length));
    running.forEach(ArtifactUpload::close);
  }

  @Test
  void finish_thereAlready_changesNothing() {
    byte[] content = content(9, 5000);
    put(store(), content);
    put(store(), content);
    assertArrayEquals(content, store().read(Sha256.of(content)));
  }

  @Test
  void finish_twoAtOnceOfOneDigest_bothSucceed() throws Exception {
    try (var threads = Executors.newFixedThreadPool(2)) {
      for (int round = 0; round < 50; round++) {
        byte[] content = content(1000 + round, 20_000);
        CyclicBarrier together = new CyclicBarrier(2);
        List<Future<?>> both = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
          both.add(threads.submit(() -> putTogether(content, together)));
        }
        for (Future<?> one : both) {
          one.get();
        }
        assertArrayEquals(content, store().read(Sha256.of(content)), "round " + round);
      }
    }
  }

  private Void putTogether(byte[] content, CyclicBarrier together) throws Exception {
    try (ArtifactUpload upload = store().begin(Sha256.of(content), content.length)) {
      upload.write(ByteBuffer.wrap(content));
      together.await();
      upload.finish();
    }
    return null;
  }

  @Test
  void read_unknown_isNotFound() {
    refused(Refusal.NotFound.class, () -> store().read(Sha256.of("unknown".getBytes(UTF_8))));
  }

  @Test
  void delete_once_othersStay() {
    byte[] gone = content(10, 100);
    byte[] stays = content(11, 100);
    put(store(), gone);
    put(store(), stays);
    store().delete(Sha256.of(gone));
    store().delete(Sha256.of(gone));
    assertFalse(store().contains(Sha256.of(gone)));
    assertTrue(store().contains(Sha256.of(stays)));
    put(store(), gone);
    assertArrayEquals(gone, store().read(Sha256.of(gone)));
  }
}
