package dev.gatehouse.scheduling;

/**
 * The instance that ran a batch will never run another: it is abandoned, and nobody's input is
 * blamed.
 */
public final class InstanceLostException extends Exception {

  private static final long serialVersionUID = 1L;

  /** Says no more; without a stack, since whoever throws it has told why. */
  public InstanceLostException() {
    super("the instance is lost", null, false, false);
  }
}
