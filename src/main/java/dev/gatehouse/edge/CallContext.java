package dev.gatehouse.edge;

import dev.gatehouse.access.QuotaStanding;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.core.TraceId;
import io.grpc.StatusRuntimeException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the interceptors know about the call in hand, or about one message of a stream whose
 * messages are calls of their own.
 *
 * <p>Written by the call's own thread before the endpoint starts and read when the call closes,
 * possibly on another; the call's start and close order the two.
 */
final class CallContext {

  /** Stands for the bytes of a whole call. */
  private static final long ALL = -1;

  private static final int NOT_TAKEN_IN = -1;

  private final long startNanos;
  private final @Nullable TraceId trace;
  private volatile @Nullable Caller caller;
  private final InboundBudget.Share share;
  private volatile @Nullable String resource;
  private volatile boolean recorded;
  private volatile @Nullable QuotaStanding quotas;

  /** Of a call that ran: its share of the time of a device. */
  private volatile long computeNanos;

  /** The header that names trace and parent, as it came. */
  private @Nullable String traceparent;

  /** Of a call to run a model: its rows, once it is taken in. */
  private volatile int rows = NOT_TAKEN_IN;

  /** Of a message: the stream it came on. */
  private volatile @Nullable CallContext stream;

  /** Of a message: its size on the wire. */
  private final long messageBytes;

  /** Of a message: its part of what the call holds of the budget. */
  private final long messageHeldBytes;

  /** Of a stream: closes it with a status, together with what its answers do. */
  private volatile @Nullable Consumer<StatusRuntimeException> streamEnd;

  private volatile boolean errorsAsStatus;

  /** Of a stream: its messages so far; written by the thread that its messages come on. */
  private volatile boolean hasMessages;

  private volatile long countedBytes;
  private long countedHeldBytes;

  /** Of a stream: whether what ended it has been counted with one of its messages. */
  private volatile boolean endCounted;

  /**
   * The call whose bytes {@code share} counts, from now on its {@link #current}.
   *
   * @param trace the trace that the caller named, or null
   */
  CallContext(Ticker ticker, InboundBudget.Share share, @Nullable TraceId trace) {
    this(ticker, share, trace, ALL, 0);
    share.begins(this);
  }

  private CallContext(
      Ticker ticker,
      InboundBudget.Share share,
      @Nullable TraceId trace,
      long messageBytes,
      long messageHeldBytes) {
    this.share = share;
    this.trace = trace;
    this.startNanos = ticker.nanos();
    this.messageBytes = messageBytes;
    this.messageHeldBytes = messageHeldBytes;
  }

  /** The call of the current context. */
  static CallContext current() {
    CallContext call = InboundBudget.current().call();
    if (call == null) {
      throw new IllegalStateException("not within a call");
    }
    return call;
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

  /** The bytes of a call or a message; of a stream, those that no message was counted with. */
  long requestBytes() {
    return messageBytes == ALL ? share.receivedBytes() - countedBytes : messageBytes;
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

  /** The trace that the caller named; of a message, the one its stream was opened with. */
  @Nullable TraceId trace() {
    return trace;
  }

  /** The call came with this header, or null. */
  void tracedAs(@Nullable String header) {
    traceparent = header;
  }

  /** The header {@code traceparent} as it came; of a message, that of its stream. */
  @Nullable String traceparent() {
    return traceparent;
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

  /**
   * The call is well-formed and brings so many rows to the model that it {@link #names}, which
   * exists and which its caller may run.
   */
  void takenIn(int count) {
    rows = count;
  }

  boolean isTakenIn() {
    return rows != NOT_TAKEN_IN;
  }

  /** The rows of a call that is taken in; 0 of others. */
  int rows() {
    return Math.max(0, rows);
  }

  /** What is left of the quotas of the grant that the call, or a message of it, is for. */
  void quotas(QuotaStanding standing) {
    quotas = standing;
    CallContext whole = stream;
    if (whole != null) {
      whole.quotas = standing;
    }
  }

  /** What was left when it was last asked; null if no grant with quotas was needed. */
  @Nullable QuotaStanding quotas() {
    return quotas;
  }

  /** Devices spent so much time on the call. */
  void ran(long nanos) {
    computeNanos = nanos;
  }

  long computeNanos() {
    return computeNanos;
  }

  /** The call is a stream that {@code end} closes, for whoever finds that it must be. */
  void streams(Consumer<StatusRuntimeException> end) {
    streamEnd = end;
  }

  /** Closes the stream; whether the call is one. */
  boolean endsStream(StatusRuntimeException status) {
    Consumer<StatusRuntimeException> end = streamEnd;
    if (end == null) {
      return false;
    }
    end.accept(status);
    return true;
  }

  /** The caller wants the first error of a stream as the status that ends it. */
  void wantsErrorsAsStatus() {
    errorsAsStatus = true;
  }

  boolean errorsAsStatus() {
    return errorsAsStatus;
  }

  /**
   * The message of the stream that was just read, as a call of its own. Only one message is asked
   * for at a time, so that everything received since the last one is this one's.
   */
  @SuppressWarnings("NonAtomicVolatileUpdate") // messages come one at a time
  CallContext message(Caller of, Ticker ticker) {
    long bytes = share.receivedBytes() - countedBytes;
    long heldBytes = share.takenBytes() - countedHeldBytes;
    countedBytes += bytes;
    countedHeldBytes += heldBytes;
    hasMessages = true;
    CallContext message = new CallContext(ticker, share, trace, bytes, heldBytes);
    message.caller = of;
    message.stream = this;
    message.traceparent = traceparent;
    return message;
  }

  /** This message is done with: its bytes no longer count as held. */
  void messageDone() {
    share.giveBack(messageHeldBytes);
  }

  /** What ends this stream has been counted with one of its messages, or is nobody's fault. */
  void endCounted() {
    endCounted = true;
  }

  /**
   * Whether the end of this call was counted with the messages it had: a stream counts by itself
   * only if it had none, or was ended for what none of them was refused for.
   */
  boolean countedByMessages(@Nullable Reason reason) {
    return hasMessages
        && (endCounted
            || reason == null
            || reason == Reason.CANCELLED
            || reason == Reason.DEADLINE_EXCEEDED);
  }
}
