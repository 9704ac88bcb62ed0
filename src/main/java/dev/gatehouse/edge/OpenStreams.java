package dev.gatehouse.edge;

import dev.gatehouse.core.Refusal;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The streams that are open, at most as many as calls may be in flight. A stream lasts, so it is
 * looked at from outside: {@link #sweep} ends those whose callers may not stay, idle ones too.
 */
final class OpenStreams {

  private final Duration retryAfter;
  private final long unsentBytesMax;
  private final AtomicLong unsentBytes = new AtomicLong();
  private final Set<InferenceStream> streams = ConcurrentHashMap.newKeySet();
  private volatile boolean draining;

  /** None yet; their answers that clients do not read may take {@code unsentBytesMax} together. */
  OpenStreams(Duration retryAfter, long unsentBytesMax) {
    this.retryAfter = retryAfter;
    this.unsentBytesMax = unsentBytesMax;
  }

  /** Takes the place of an answer until it is sent; false if there is none left. */
  boolean hold(long bytes) {
    if (unsentBytes.addAndGet(bytes) <= unsentBytesMax) {
      return true;
    }
    unsentBytes.addAndGet(-bytes);
    return false;
  }

  /** Gives the place of an answer back. */
  void sent(long bytes) {
    unsentBytes.addAndGet(-bytes);
  }

  /** The bytes of answers that are not sent yet. */
  long unsentBytes() {
    return unsentBytes.get();
  }

  /** Why a stream ends for whose answer there is no place. */
  Refusal full() {
    return new Refusal.QueueFull(retryAfter);
  }

  void add(InferenceStream stream) {
    streams.add(stream);
  }

  void remove(InferenceStream stream) {
    streams.remove(stream);
  }

  /** How many there are. */
  int count() {
    return streams.size();
  }

  /**
   * Ends the streams of callers who may not stay; called every second or so, since credentials
   * expire, and whenever other registrations or grants decide.
   */
  void sweep() {
    streams.forEach(InferenceStream::check);
  }

  /**
   * From now on messages are refused with {@code DRAINING}, and a stream ends with it once nothing
   * of it is in flight.
   */
  void drain() {
    draining = true;
    streams.forEach(InferenceStream::turn);
  }

  boolean draining() {
    return draining;
  }

  Refusal drained() {
    return new Refusal.Draining(retryAfter);
  }
}
