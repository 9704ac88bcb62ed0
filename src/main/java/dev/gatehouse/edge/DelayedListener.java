package dev.gatehouse.edge;

import io.grpc.ServerCall;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A listener whose real one is not there yet: keeps events and hands them over, in order, once it
 * is.
 *
 * <p>No message can come before that, since nobody has asked for one, so what is kept is at most
 * one event of each other kind. Events are handed over by whichever thread is at it; a thread that
 * comes while another hands over leaves its event and goes.
 */
final class DelayedListener<Q> extends ServerCall.Listener<Q> {

  /** Guarded by this. */
  private final Queue<Consumer<ServerCall.Listener<Q>>> waiting = new ArrayDeque<>();

  /** Guarded by this. */
  private boolean handingOver;

  /** Written under this; read without it once events pass straight through. */
  private volatile ServerCall.@Nullable Listener<Q> straight;

  /** Guarded by this. */
  private ServerCall.@Nullable Listener<Q> real;

  /** The real listener is there. */
  void become(ServerCall.Listener<Q> listener) {
    synchronized (this) {
      real = listener;
    }
    handOver();
  }

  private void pass(Consumer<ServerCall.Listener<Q>> event) {
    ServerCall.Listener<Q> open = straight;
    if (open != null) {
      event.accept(open);
      return;
    }
    synchronized (this) {
      waiting.add(event);
    }
    handOver();
  }

  private void handOver() {
    while (true) {
      ServerCall.Listener<Q> to;
      Consumer<ServerCall.Listener<Q>> event;
      synchronized (this) {
        to = real;
        if (to == null || handingOver) {
          return;
        }
        event = waiting.poll();
        if (event == null) {
          straight = to;
          return;
        }
        handingOver = true;
      }
      try {
        event.accept(to);
      } finally {
        synchronized (this) {
          handingOver = false;
        }
      }
    }
  }

  @Override
  public void onMessage(Q message) {
    pass(listener -> listener.onMessage(message));
  }

  @Override
  public void onHalfClose() {
    pass(ServerCall.Listener::onHalfClose);
  }

  @Override
  public void onCancel() {
    pass(ServerCall.Listener::onCancel);
  }

  @Override
  public void onComplete() {
    pass(ServerCall.Listener::onComplete);
  }

  @Override
  public void onReady() {
    pass(ServerCall.Listener::onReady);
  }
}
