package dev.gatehouse.abuse;

import dev.gatehouse.core.CallerId;
import jakarta.inject.Singleton;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What rules found, as it is kept. */
@Singleton
public class Findings {

  /**
   * A finding.
   *
   * @throws dev.gatehouse.core.RefusedException with {@code NotFound}
   */
  public Finding get(String id) {
    throw new UnsupportedOperationException(id);
  }

  /**
   * Findings, the latest first.
   *
   * @param after the id of the last of the page before, or null
   * @param caller only those of this one, or null
   * @param rule only those of this one, or null
   * @param limit the most
   */
  public List<Finding> list(
      @Nullable String after, @Nullable CallerId caller, @Nullable String rule, int limit) {
    throw new UnsupportedOperationException("list");
  }
}
