package dev.gatehouse.edge;

import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Ticker;
import io.grpc.Context;
import org.jspecify.annotations.Nullable;

/**
 * What the interceptors know about the call in hand.
 *
 * <p>Written by the call's own thread before the endpoint starts and read when the call closes,
 * possibly on another; the call's start and close order the two.
 */
final class CallContext {

  private static final Context.Key<CallContext> KEY = Context.key("gatehouse-call");

  private final long startNanos;
  private volatile @Nullable Caller caller;
  private final InboundBudget.Share share;
  private volatile @Nullable String resource;
  private volatile boolean recorded;

  CallContext(Ticker ticker, InboundBudget.Share share) {
    this.share = share;
    this.startNanos = ticker.nanos();
  }

  /** The call of the current context. */
  static CallContext current() {
    CallContext call = KEY.get();
    if (call == null) {
      throw new IllegalStateException("not within a call");
    }
    return call;
  }

  Context within(Context context) {
    return context.withValue(KEY, this);
  }

  /** The caller; only for methods that demand one. */
  Caller requireCaller() {
    Caller known = caller;
    if (known == null) {
      throw new IllegalStateException("this method is open to callers without a credential");
    }
    return known;
  }

  @Nullable Caller caller() {
    return caller;
  }

  void authenticated(Caller value) {
    caller = value;
  }

  long requestBytes() {
    return share.receivedBytes();
  }

  /** Whether the transport ended the call because too many bytes were held. */
  boolean overBudget() {
    return share.exceeded();
  }

  /** The messages read so far are done with: their bytes no longer count as held. */
  void consumed() {
    share.consumed();
  }

  long startNanos() {
    return startNanos;
  }

  /** What the call names, as the caller wrote it; null until that is known. */
  @Nullable String resource() {
    return resource;
  }

  void names(String value) {
    resource = value;
  }

  /** The call is in the audit record, or will be, without the edge's doing. */
  void recorded() {
    recorded = true;
  }

  boolean isRecorded() {
    return recorded;
  }
}
