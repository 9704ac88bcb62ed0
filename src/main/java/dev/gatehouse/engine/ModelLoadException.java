package dev.gatehouse.engine;

/**
 * A model could not be loaded or does not fit its signature.
 *
 * <p>The message is written for the publisher of the model: it carries no path and no stack trace.
 * The cause, if any, is for the log only.
 */
public final class ModelLoadException extends Exception {

  private static final long serialVersionUID = 1L;

  ModelLoadException(String reason) {
    super(reason);
  }

  ModelLoadException(String reason, Throwable cause) {
    super(reason, cause);
  }
}
