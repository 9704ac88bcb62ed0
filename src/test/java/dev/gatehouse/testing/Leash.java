package dev.gatehouse.testing;

import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Ends a process when this virtual machine dies in whatever way, also without running its hooks.
 *
 * <p>A shell reads from a pipe that only this virtual machine holds. When the pipe closes, which
 * the system does for a process that was killed too, the shell ends the process it watches. {@link
 * #slip} writes a line first, and then the shell goes without doing anything.
 */
final class Leash {

  /** How long the process has to end by itself, in seconds, before it is killed. */
  private static final int GRACE_SECONDS = 10;

  private static final String WATCH =
      """
      trap '' INT TERM HUP
      read line && exit 0
      kill "-$2" "$1" 2>/dev/null || exit 0
      left=%d
      while [ "$left" -gt 0 ]; do
        sleep 1
        kill -0 "$1" 2>/dev/null || exit 0
        left=$((left - 1))
      done
      kill -KILL "$1" 2>/dev/null
      """
          .formatted(GRACE_SECONDS);

  private final Process shell;

  private Leash(Process shell) {
    this.shell = shell;
  }

  /**
   * Watches over {@code pid}.
   *
   * @param signal the name of the signal that asks it to end: {@code TERM}, {@code INT}
   */
  static Leash on(long pid, String signal) {
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-c", WATCH, "leash", Long.toString(pid), signal);
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    try {
      return new Leash(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lets go of the process, which has ended or is to live on. */
  void slip() {
    try (var line = shell.outputWriter()) {
      line.write('\n');
    } catch (IOException e) {
      // The shell is gone already, and so is the process it watched.
      shell.destroy();
    }
  }
}
