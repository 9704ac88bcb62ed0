package dev.gatehouse.serving;

import dev.gatehouse.access.AccessReviewLine;
import dev.gatehouse.access.AccessReviewLine.Decided;
import dev.gatehouse.access.Action;
import dev.gatehouse.access.Grant;
import dev.gatehouse.access.Grantee;
import dev.gatehouse.access.Network;
import dev.gatehouse.access.OutputPolicy;
import dev.gatehouse.access.Quota;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.commons.csv.CSVFormat;

/**
 * Lines of an access review as CSV (RFC 4180).
 *
 * <p>Times are in UTC as ISO 8601 has them; lists are separated by blanks. A cell that a
 * spreadsheet would take for a formula begins with an apostrophe instead.
 */
final class AccessReviewCsv {

  private static final Object[] HEADER = {
    "line",
    "model",
    "grant",
    "grantee_kind",
    "grantee",
    "effect",
    "actions",
    "expire_time",
    "source_networks",
    "minimum_strength",
    "priority",
    "weight",
    "calls_per_second",
    "calls_burst",
    "rows_per_second",
    "rows_per_day",
    "concurrent_calls",
    "output_policies",
    "granted_by",
    "grant_time",
    "last_use_time",
    "unused",
    "expiring",
    "unused_actions",
    "decision",
    "decider",
    "decide_time",
    "comment"
  };

  private AccessReviewCsv() {}

  /** The first line, with the names of the columns. */
  static String header() {
    return record(HEADER);
  }

  /** One line. */
  static String row(AccessReviewLine line) {
    Grant grant = line.grant();
    Quota quota = grant.terms().quota();
    Optional<Decided> decided = line.decision();
    return record(
        line.number(),
        grant.model(),
        grant.id(),
        grant.grantee() instanceof Grantee.ToTeam ? "team" : "caller",
        switch (grant.grantee()) {
          case Grantee.ToCaller to -> to.caller().value();
          case Grantee.ToTeam to -> to.team().value();
        },
        grant.effect(),
        names(grant.actions()),
        grant.expireTime(),
        grant.conditions().sourceNetworks().stream()
            .map(Network::toString)
            .collect(Collectors.joining(" ")),
        grant.conditions().minimumStrength(),
        grant.terms().priority(),
        grant.terms().weight(),
        quota.callsPerSecond(),
        quota.callsBurst(),
        quota.rowsPerSecond(),
        quota.rowsPerDay(),
        quota.concurrentCalls(),
        grant.terms().outputPolicies().stream()
            .map(AccessReviewCsv::policy)
            .collect(Collectors.joining(" ")),
        grant.creator(),
        grant.createTime(),
        line.lastUseTime().map(Instant::toString).orElse(""),
        line.unused(),
        line.expiring(),
        names(line.unusedActions()),
        decided.map(decision -> decision.verdict().name()).orElse(""),
        decided.map(decision -> decision.decider().value()).orElse(""),
        decided.map(decision -> decision.time().toString()).orElse(""),
        decided.map(Decided::comment).orElse(""));
  }

  private static String names(Collection<Action> actions) {
    return actions.stream().sorted().map(Action::name).collect(Collectors.joining(" "));
  }

  /** The policy, and what it applies to after a colon. */
  private static String policy(OutputPolicy policy) {
    String detail =
        switch (policy.detail()) {
          case TOP_K -> policy.detail() + "=" + policy.topK();
          case ROUNDED -> policy.detail() + "=" + policy.decimals();
          default -> policy.detail().name();
        };
    return policy.output().isEmpty() ? detail : detail + ":" + policy.output();
  }

  private static String record(Object... cells) {
    StringBuilder line = new StringBuilder();
    try {
      CSVFormat.RFC4180.printRecord(
          line, Arrays.stream(cells).map(cell -> harmless(cell.toString())).toArray());
    } catch (IOException e) {
      throw new UncheckedIOException("a StringBuilder takes everything", e);
    }
    return line.toString();
  }

  /** What a spreadsheet would run stays text (OWASP, CSV injection). */
  static String harmless(String cell) {
    return !cell.isEmpty() && "=+-@\t\r".indexOf(cell.charAt(0)) >= 0 ? "'" + cell : cell;
  }
}
