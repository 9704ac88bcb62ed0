package dev.gatehouse.core;

/** A monotonic source of nanoseconds; only differences between its readings mean anything. */
@FunctionalInterface
public interface Ticker {

  /** The current reading in nanoseconds; may be negative and may wrap. */
  long nanos();
}
