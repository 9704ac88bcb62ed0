package dev.gatehouse.serving;

import dev.gatehouse.abuse.response.Finding;
import dev.gatehouse.abuse.response.Findings;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.registry.Page;
import dev.gatehouse.registry.PageRequest;
import org.jspecify.annotations.Nullable;

/** Reads what callers were found doing; who may is decided by right before. */
public final class FindingReading {

  /** Tells page tokens of this list from those of others. */
  private static final char LIST = 'f';

  private final Administration administration;
  private final Findings findings;

  FindingReading(Administration administration, Findings findings) {
    this.administration = administration;
    this.findings = findings;
  }

  /** A finding. */
  public Finding get(String id) {
    return administration.read(() -> findings.get(id));
  }

  /**
   * A page of findings, the latest first.
   *
   * @param caller only those of this one, or null
   * @param rule only those of this one, or null
   */
  public Page<Finding> list(
      int pageSize, String pageToken, @Nullable CallerId caller, @Nullable String rule) {
    return administration.read(
        () -> {
          PageRequest page = PageRequest.read(LIST, pageSize, pageToken, CallerId::valid);
          String after = page.after().isEmpty() ? null : page.after();
          return page.page(LIST, findings.list(after, caller, rule, page.size() + 1), Finding::id);
        });
  }
}
