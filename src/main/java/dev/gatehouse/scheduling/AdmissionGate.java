package dev.gatehouse.scheduling;

import dev.gatehouse.core.Refusal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Decides what is admitted, by counting exactly what is held: of the whole queue and by each
 * caller. Without a lock; it also holds the few facts that callers must see without one.
 *
 * <p>A permit is taken first and whether it drains is looked at afterwards, while draining sets
 * that first and looks at the permits afterwards: so whoever is admitted is waited for.
 */
final class AdmissionGate<P, R> {

  /** When to try again with a full queue: some batches later. */
  static final Duration RETRY_AFTER_FULL = Duration.ofMillis(100);

  /** When to try again at another replica. */
  static final Duration RETRY_AFTER_DRAINING = Duration.ofSeconds(1);

  /** When to try again with a model that lost its instances. */
  static final Duration RETRY_AFTER_NOT_READY = Duration.ofSeconds(5);

  /** How much of a queue bulk calls may fill, so that interactive ones always find a place. */
  static final int BULK_SHARE_MAX_PERCENT = 75;

  private final BatcherSettings settings;
  private final int callRowsMax;
  private final long callerBytesMax;
  private final int callerCallsMax;
  private final Permits permits = new Permits();
  private final Flows<P, R> flows = new Flows<>();

  /** Whether nothing is admitted any more. */
  private volatile boolean draining;

  /** Whether nothing runs any more. */
  private volatile boolean closed;

  /** Written under the lock of the queue. */
  private volatile int usableInstances;

  /** Written under the lock of the queue. */
  private volatile int inFlightRows;

  /** As {@link #AdmissionGate(BatcherSettings, int)}; no call has more rows than a batch. */
  AdmissionGate(BatcherSettings settings) {
    this(settings, settings.batchRowsMax());
  }

  /** Open, with all instances; {@code callRowsMax} bounds the rows of one call. */
  AdmissionGate(BatcherSettings settings, int callRowsMax) {
    this.settings = settings;
    this.callRowsMax = callRowsMax;
    long percent = settings.callerShareMaxPercent();
    long bytes = settings.queueBytesMax();
    callerBytesMax = bytes / 100 * percent + bytes % 100 * percent / 100;
    callerCallsMax = (int) Math.max(1, settings.queueCallsMax() * percent / 100);
    usableInstances = settings.instances();
    inFlightRows = settings.queueRowsMax();
  }

  /** Takes the permit of one call, or tells why not. */
  Place<P, R> reserve(CallTerms terms, int rows, long bytes) {
    Refusal refusal = refusal(rows, bytes);
    if (refusal == null) {
      Flow<P, R> flow = take(terms.caller(), terms.priority(), rows, bytes);
      if (flow != null) {
        refusal = refusing();
        if (refusal == null) {
          return flow;
        }
        giveBack(flow, rows, bytes, 1);
      } else {
        refusal = new Refusal.QueueFull(RETRY_AFTER_FULL);
      }
    }
    return new Place.None<>(refusal);
  }

  private @Nullable Refusal refusal(int rows, long bytes) {
    if (rows < 1 || bytes < 0) {
      throw new IllegalArgumentException("a call has at least 1 row and 0 bytes");
    }
    Refusal ended = refusing();
    if (ended != null) {
      return ended;
    }
    if (rows > callRowsMax) {
      return new Refusal.TensorInvalid("inputs", "a call has at most " + callRowsMax + " rows");
    }
    if (bytes > settings.queueBytesMax()) {
      return new Refusal.TensorInvalid(
          "inputs", "a call has at most " + settings.queueBytesMax() + " bytes");
    }
    return null;
  }

  /** Why nothing is admitted, or null while something is. */
  private @Nullable Refusal refusing() {
    return draining ? new Refusal.Draining(RETRY_AFTER_DRAINING) : ended();
  }

  /** Why what was admitted cannot run any more, or null while it can. */
  @Nullable Refusal ended() {
    if (closed) {
      return new Refusal.Draining(RETRY_AFTER_DRAINING);
    }
    return usableInstances == 0 ? new Refusal.ModelNotReady(RETRY_AFTER_NOT_READY) : null;
  }

  private @Nullable Flow<P, R> take(Object caller, Priority priority, int rows, long bytes) {
    int limit = inFlightRows;
    int ofPriority = priority == Priority.BULK ? share(limit, BULK_SHARE_MAX_PERCENT) : limit;
    // Before a flow is looked for: a full queue must not make callers known.
    if (permits.rows() != 0 && rows > ofPriority - permits.rows()) {
      return null;
    }
    int batch = Math.min(settings.batchRowsMax(), Math.max(1, limit / 2));
    int ofCaller = Math.max(batch, share(limit, settings.callerShareMaxPercent()));
    while (true) {
      Flow<P, R> flow = flows.get(caller);
      switch (flow.permits.take(rows, bytes, ofCaller, callerBytesMax, callerCallsMax)) {
        case RETIRED -> flows.drop(flow);
        case FULL -> {
          return null;
        }
        case TAKEN -> {
          return takeOfAll(flow, priority, rows, bytes, ofPriority) ? flow : null;
        }
      }
    }
  }

  private static int share(int limit, int percent) {
    return (int) ((long) limit * percent / 100);
  }

  private boolean takeOfAll(
      Flow<P, R> flow, Priority priority, int rows, long bytes, int rowsLimit) {
    long bytesLimit = settings.queueBytesMax();
    int callsLimit = settings.queueCallsMax();
    if (priority == Priority.BULK) {
      bytesLimit = bytesLimit * BULK_SHARE_MAX_PERCENT / 100;
      callsLimit = Math.max(1, share(callsLimit, BULK_SHARE_MAX_PERCENT));
    }
    Permits.Take take = permits.take(rows, bytes, rowsLimit, bytesLimit, callsLimit);
    if (take == Permits.Take.TAKEN) {
      return true;
    }
    flow.permits.give(rows, bytes, 1);
    return false;
  }

  /** Gives back what a flow was given, or a part of it. */
  void giveBack(Flow<P, R> flow, int rows, long bytes, int calls) {
    flow.permits.give(rows, bytes, calls);
    permits.give(rows, bytes, calls);
  }

  void drain() {
    draining = true;
  }

  void close() {
    closed = true;
  }

  boolean open() {
    return !draining && !closed;
  }

  boolean closed() {
    return closed;
  }

  int usableInstances() {
    return usableInstances;
  }

  void usableInstances(int instances) {
    usableInstances = instances;
  }

  int inFlightRows() {
    return inFlightRows;
  }

  void inFlightRows(int rows) {
    inFlightRows = rows;
  }

  Flows<P, R> flows() {
    return flows;
  }

  /** What is held by all together. */
  Permits permits() {
    return permits;
  }
}
