package dev.gatehouse.core;

import java.time.Clock;
import java.time.InstantSource;

/** The machine's clocks. No other class of the product reads them. */
public final class SystemTime {

  private SystemTime() {}

  /** The monotonic clock. */
  public static Ticker ticker() {
    return System::nanoTime;
  }

  /** The wall clock, in UTC. */
  public static InstantSource wall() {
    return Clock.systemUTC();
  }
}
