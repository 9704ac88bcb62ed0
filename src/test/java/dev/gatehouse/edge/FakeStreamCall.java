package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.stubs.inference.ModelStreamInferResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The transport's side of a stream, which sees that it is spoken to by one thread at a time. */
final class FakeStreamCall extends ServerCallStreamObserver<ModelStreamInferResponse> {

  private final AtomicBoolean busy = new AtomicBoolean();

  /** Everything below is read after the threads that write it have ended, or under this. */
  private final List<ModelStreamInferResponse> sent = new ArrayList<>();

  private volatile int asked;
  private volatile boolean ready = true;
  private volatile boolean completed;
  private volatile @Nullable Throwable failure;
  private @Nullable Runnable onReady;
  private @Nullable Runnable onCancel;
  private volatile boolean cancelled;

  private void exclusively(Runnable use) {
    assertTrue(busy.compareAndSet(false, true), "two threads speak to the transport");
    try {
      assertFalse(completed || failure != null, "spoken to after the end");
      use.run();
    } finally {
      busy.set(false);
    }
  }

  @Override
  public boolean isReady() {
    return ready;
  }

  /** The client reads, or not. */
  void ready(boolean value) {
    ready = value;
    if (value && onReady != null) {
      onReady.run();
    }
  }

  /** The client has gone. */
  void cancel() {
    cancelled = true;
    if (onCancel != null) {
      onCancel.run();
    }
  }

  /** How many messages were asked for and have not come. */
  int asked() {
    return asked;
  }

  /** One of them comes. */
  @SuppressWarnings("NonAtomicOperationOnVolatileField") // raised only while it is 0
  void come() {
    asked--;
  }

  List<ModelStreamInferResponse> sent() {
    synchronized (sent) {
      return List.copyOf(sent);
    }
  }

  int sentCount() {
    synchronized (sent) {
      return sent.size();
    }
  }

  boolean completed() {
    return completed;
  }

  @Nullable Throwable failure() {
    return failure;
  }

  @Override
  public void onNext(ModelStreamInferResponse value) {
    exclusively(
        () -> {
          synchronized (sent) {
            sent.add(value);
          }
        });
  }

  @Override
  public void onError(Throwable t) {
    exclusively(() -> failure = t);
  }

  @Override
  public void onCompleted() {
    exclusively(() -> completed = true);
  }

  @Override
  @SuppressWarnings("NonAtomicOperationOnVolatileField") // raised only while it is 0
  public void request(int count) {
    exclusively(() -> asked += count);
  }

  @Override
  public boolean isCancelled() {
    return cancelled;
  }

  @Override
  public void setOnCancelHandler(Runnable handler) {
    onCancel = handler;
  }

  @Override
  public void setOnReadyHandler(Runnable handler) {
    onReady = handler;
  }

  @Override
  public void disableAutoInboundFlowControl() {}

  @Override
  public void disableAutoRequest() {}

  @Override
  public void setCompression(String compression) {}

  @Override
  public void setMessageCompression(boolean enable) {}
}
