package dev.gatehouse.engine;

/** An instance exceeded its execution limit: it gave no result and will not be used again. */
public final class InstanceStuckException extends Exception {

  private static final long serialVersionUID = 1L;

  InstanceStuckException(int instance) {
    super("instance " + instance + " exceeded its execution limit and is abandoned");
  }
}
