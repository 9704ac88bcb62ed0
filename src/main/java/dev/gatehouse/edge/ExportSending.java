package dev.gatehouse.edge;

import com.google.protobuf.ByteString;
import dev.gatehouse.access.Authentication;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.serving.AuditExport;
import dev.gatehouse.stubs.admin.v1.ExportAuditEntriesResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Sends an export in pieces, on a thread of its own, which waits while the client does not read. It
 * ends when the client is gone or its credential is.
 */
final class ExportSending extends OutputStream {

  /** The most bytes of a piece. */
  static final int PIECE_BYTES_MAX = 64 << 10;

  /** After how many entries that were looked at the client is looked after, at most. */
  static final int LOOK_ENTRIES = 1_000;

  private static final Logger LOG = Logger.getLogger(ExportSending.class);
  private static final long LOOK_SECONDS = 1;
  private static final Duration RETRY_AFTER = Duration.ofSeconds(10);

  private final ServerCallStreamObserver<ExportAuditEntriesResponse> client;
  private final Supplier<Authentication> watch;
  private final Semaphore changed = new Semaphore(0);
  private final byte[] piece = new byte[PIECE_BYTES_MAX];
  private int length;

  /** Entries that were looked at since the client was looked after. */
  private long looked;

  /** Lines that were ended; the first tells about the others. */
  private long lines;

  ExportSending(
      ServerCallStreamObserver<ExportAuditEntriesResponse> client, Supplier<Authentication> watch) {
    this.client = client;
    this.watch = watch;
  }

  /** Begins to send; to be called while the call is being started. */
  static void start(
      AuditExport export,
      StreamObserver<ExportAuditEntriesResponse> observer,
      Supplier<Authentication> watch) {
    ServerCallStreamObserver<ExportAuditEntriesResponse> client =
        (ServerCallStreamObserver<ExportAuditEntriesResponse>) observer;
    ExportSending sending = new ExportSending(client, watch);
    client.setOnReadyHandler(sending.changed::release);
    client.setOnCancelHandler(sending.changed::release);
    Thread unused = Thread.ofVirtual().name("audit-export").start(() -> sending.run(export));
  }

  private void run(AuditExport export) {
    try (export) {
      export.writeTo(this, (what, entries) -> advanced(entries));
      send();
      client.onCompleted();
    } catch (UncheckedIOException e) {
      failed(e.getCause());
    } catch (IOException e) {
      failed(e);
    } catch (RuntimeException | Error e) {
      client.onError(FaultBarrier.status(e));
    }
  }

  private void failed(@Nullable Throwable cause) {
    if (!client.isCancelled()) {
      LOG.warnf("an export could not be made: %s", cause);
      client.onError(
          FaultBarrier.status(new RefusedException(new Refusal.AuditUnavailable(RETRY_AFTER))));
    }
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int count) throws IOException {
    for (int i = offset; i < offset + count; i++) {
      if (length == piece.length) {
        send();
      }
      piece[length++] = bytes[i];
      if (bytes[i] == '\n') {
        lines++;
      }
    }
  }

  private void send() throws IOException {
    if (length == 0) {
      return;
    }
    requireCredential();
    while (!client.isReady()) {
      if (client.isCancelled()) {
        throw gone();
      }
      await();
      requireCredential();
    }
    client.onNext(
        ExportAuditEntriesResponse.newBuilder()
            .setData(ByteString.copyFrom(piece, 0, length))
            .setEntryCount(Math.max(0, lines - 1))
            .build());
    length = 0;
  }

  /**
   * Looks after the client now and then: an export that finds little writes little, and would
   * otherwise not notice that nobody waits for it any more, or nobody who may.
   */
  void advanced(long entries) {
    looked += entries;
    if (looked < LOOK_ENTRIES) {
      return;
    }
    looked = 0;
    if (client.isCancelled()) {
      throw new UncheckedIOException(gone());
    }
    requireCredential();
  }

  private static IOException gone() {
    return new IOException("nobody waits for it any more");
  }

  private void requireCredential() {
    if (watch.get() instanceof Authentication.Refused refused) {
      throw new RefusedException(refused.refusal());
    }
  }

  private void await() throws IOException {
    try {
      boolean unused = changed.tryAcquire(LOOK_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }
}
