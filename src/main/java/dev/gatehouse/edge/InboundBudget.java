package dev.gatehouse.edge;

import dev.gatehouse.core.Refusal;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of requests held at once over all connections.
 *
 * <p>Bytes are taken as the transport reads them, before anything is decoded, and given back when
 * their call ends; a stream that consumes its messages one by one gives them back after each. What
 * would exceed the bound ends its call, so that many slow, large requests cannot fill the heap.
 */
final class InboundBudget extends ServerStreamTracer.Factory {

  /** The most bytes of a call that needs no credential: its messages are all but empty. */
  static final long OPEN_CALL_BYTES_MAX = 4096;

  private final long bytesMax;
  private final Duration retryAfter;
  private final AtomicLong held = new AtomicLong();

  InboundBudget(long bytesMax, Duration retryAfter) {
    this.bytesMax = bytesMax;
    this.retryAfter = retryAfter;
  }

  /** The bytes held now. */
  long heldBytes() {
    return held.get();
  }

  /** The share of the current call. */
  static Share current() {
    Share share = Share.KEY.get();
    if (share == null) {
      throw new IllegalStateException("not within a call");
    }
    return share;
  }

  /** Who brings no credential gets next to nothing of what all callers share. */
  @Override
  public Share newServerStreamTracer(String fullMethodName, Metadata headers) {
    return new Share(MethodRights.open(fullMethodName) ? OPEN_CALL_BYTES_MAX : Long.MAX_VALUE);
  }

  /** What one call holds. Taken on its transport thread, given back from any. */
  final class Share extends ServerStreamTracer {

    private static final long CLOSED = -1;
    private static final Context.Key<Share> KEY = Context.key("gatehouse-inbound-bytes");

    private final long callBytesMax;
    private final AtomicLong taken = new AtomicLong();

    /** All that was ever taken, whether given back or not. */
    private final AtomicLong total = new AtomicLong();

    private volatile boolean exceeded;

    /** What the interceptors know about the call; kept here, where its context leads already. */
    private volatile @Nullable CallContext call;

    Share(long callBytesMax) {
      this.callBytesMax = callBytesMax;
    }

    /** Written by the transport thread alone. */
    private volatile long received;

    @Override
    public Context filterContext(Context context) {
      return context.withValue(KEY, this);
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    public void inboundWireSize(long bytes) {
      received += bytes;
      take(bytes);
    }

    void begins(CallContext value) {
      call = value;
    }

    @Nullable CallContext call() {
      return call;
    }

    /** The bytes of messages the call has sent so far, as they came. */
    long receivedBytes() {
      return received;
    }

    @Override
    public void streamClosed(Status status) {
      long last = taken.getAndSet(CLOSED);
      if (last != CLOSED) {
        held.addAndGet(-last);
      }
    }

    /**
     * Takes {@code bytes} more.
     *
     * @throws io.grpc.StatusRuntimeException with {@code QUEUE_FULL} if the bound would be exceeded
     */
    void take(long bytes) {
      if (total.addAndGet(bytes) > callBytesMax) {
        throw Status.RESOURCE_EXHAUSTED.withDescription("message too large").asRuntimeException();
      }
      if (held.addAndGet(bytes) > bytesMax) {
        held.addAndGet(-bytes);
        exceeded = true;
        throw RefusalStatus.of(new Refusal.QueueFull(retryAfter));
      }
      long before;
      do {
        before = taken.get();
        if (before == CLOSED) {
          held.addAndGet(-bytes);
          return;
        }
      } while (!taken.compareAndSet(before, before + bytes));
    }

    /** Whether the call was ended for want of room. */
    boolean exceeded() {
      return exceeded;
    }

    /** All bytes taken so far, whether given back or not. */
    long takenBytes() {
      return total.get();
    }

    /** Gives back some of what is held while the call goes on; nothing once it has ended. */
    void giveBack(long bytes) {
      long before;
      long given;
      do {
        before = taken.get();
        if (before == CLOSED) {
          return;
        }
        given = Math.min(before, bytes);
      } while (!taken.compareAndSet(before, before - given));
      held.addAndGet(-given);
    }

    /** Gives back all that is held while the call goes on. */
    void consumed() {
      long before;
      do {
        before = taken.get();
        if (before == CLOSED) {
          return;
        }
      } while (!taken.compareAndSet(before, 0));
      held.addAndGet(-before);
    }
  }
}
