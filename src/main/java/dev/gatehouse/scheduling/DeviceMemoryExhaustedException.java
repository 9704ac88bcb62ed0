package dev.gatehouse.scheduling;

/** A batch did not fit the memory of its device; fewer rows may. No call is to blame. */
public final class DeviceMemoryExhaustedException extends Exception {

  private static final long serialVersionUID = 1L;

  /** The exception; it has no stack trace, since it tells of no fault. */
  public DeviceMemoryExhaustedException() {
    super("the device has no memory for a batch of this size", null, false, false);
  }
}
