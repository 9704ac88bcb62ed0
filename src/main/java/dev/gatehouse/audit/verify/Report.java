package dev.gatehouse.audit.verify;

import java.util.List;
import java.util.Map;

/**
 * What a verification found.
 *
 * @param findings the faults, the first of each log before its others; at most {@link
 *     Findings#KEPT_MAX}
 * @param faults how many there are, those not kept included
 * @param counts how much was verified, by what it is: {@code control entries}
 * @param notes what is no fault but should be known, such as entries that nothing vouches for yet
 */
public record Report(
    List<Finding> findings, long faults, Map<String, Long> counts, List<String> notes) {

  /** Whether everything is as it was written. */
  public boolean verifies() {
    return faults == 0;
  }
}
