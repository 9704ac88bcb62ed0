package dev.gatehouse.engine;

/**
 * The memory of the device did not suffice for this batch; the instance stays usable, and fewer
 * rows may well run.
 *
 * <p>The message is bounded and carries no path; it is for the log.
 */
public final class DeviceMemoryException extends Exception {

  private static final long serialVersionUID = 1L;

  DeviceMemoryException(String reason, Throwable cause) {
    super(reason, cause);
  }
}
