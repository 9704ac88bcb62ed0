package dev.gatehouse.testing;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/**
 * Alertmanager's tool that checks files, where it is installed.
 *
 * @param binary where it is
 */
public record Amtool(Path binary) {

  /** How long one run may take. */
  static final Duration RUN_MAX = Duration.ofMinutes(2);

  /** The one on the PATH; without it the test that asks is skipped, and says so. */
  public static Amtool assumed() {
    Optional<Path> found = OnPath.find("amtool");
    Assumptions.assumeTrue(
        found.isPresent(),
        "no amtool on the PATH (Debian: apt install prometheus-alertmanager): not tested");
    return new Amtool(found.orElseThrow());
  }

  /**
   * Runs it in the project's folder.
   *
   * @throws AssertionError with everything it said, if it finds something wrong
   */
  public void check(String... arguments) {
    Promtool.run(binary, RUN_MAX, arguments);
  }
}
