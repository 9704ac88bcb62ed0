package dev.gatehouse.dashboards;

import static dev.gatehouse.dashboards.Panel.goodAtOne;
import static dev.gatehouse.dashboards.Panel.goodAtZero;
import static dev.gatehouse.dashboards.Panel.lines;
import static dev.gatehouse.dashboards.Panel.number;
import static dev.gatehouse.dashboards.Panel.stack;
import static dev.gatehouse.dashboards.Promql.average;
import static dev.gatehouse.dashboards.Promql.max;
import static dev.gatehouse.dashboards.Promql.rate;
import static dev.gatehouse.dashboards.Promql.ratio;
import static dev.gatehouse.dashboards.Promql.top;

import java.util.List;

/** What those look at who ask whether somebody misuses the gateway. */
final class SecurityDashboards {

  private static final String REQUESTS = "gatehouse_caller_requests_total";
  private static final String ROWS = "gatehouse_caller_rows_total";
  private static final String COMPUTE = "gatehouse_caller_compute_seconds_total";
  private static final String BYTES = "gatehouse_caller_request_bytes_total";
  private static final String FAILURES = "gatehouse_auth_failures_total";
  private static final String DENIED = "{outcome=~\"ACCESS_DENIED|STEP_UP_REQUIRED\"}";
  private static final String INVALID =
      "{outcome=~\"TENSOR_INVALID|ARGUMENT_INVALID|ARTIFACT_INVALID|MODEL_REJECTED_INPUT\"}";
  private static final String BASELINES = "docs/runbooks/README.md#how-the-baselines-work";
  private static final String METRICS = "docs/metrics.md";
  private static final String CAUSES = "docs/metrics.md#causes-of-failed-authentication";
  private static final String REFUSALS = "docs/refusals.md";
  private static final String ACCESS = "docs/security/access.md";
  private static final String QUOTAS = "docs/security/access.md#quotas";
  private static final String AUDIT = "docs/security/audit.md";

  private SecurityDashboards() {}

  static Dashboard overview() {
    return new Dashboard(
        "security",
        "Gatehouse: security overview",
        "Whether somebody is being kept out, tries what is not theirs, or takes more than others.",
        List.of(),
        List.of(
            goodAtZero(
                    "Alerts firing",
                    "Alerts of the gateway that fire now. The marks on the time line of every"
                        + " dashboard say which and when.")
                .see("docs/runbooks/README.md#runbooks")
                .query("count(ALERTS{alertstate=\"firing\",alertname=~\"Gatehouse.*\"})", "firing"),
            goodAtOne(
                    "Gateways are scraped",
                    "Whether Prometheus has the metrics of every gateway. At no, nobody watches.")
                .see(METRICS)
                .query("min(up{job=~\".*gatehouse.*\"})", "scraped"),
            goodAtZero(
                    "Rules that fail",
                    "Evaluations of the gateway's rules a second that failed or were left out in"
                        + " Prometheus. What they would find is not told.")
                .see("docs/dashboards.md#setting-up")
                .query(
                    failing("evaluation_failures") + " + " + failing("group_iterations_missed"),
                    "failed"),
            number(
                    "Credentials refused",
                    "cps",
                    "Credentials a second that were not accepted. A steady trickle is a client"
                        + " that was forgotten; a burst is somebody trying.")
                .see(CAUSES)
                .query(rate(FAILURES), "refused"),
            number(
                    "Share of calls denied",
                    "percentunit",
                    "Calls for what the caller has no right to, or not without a stronger login,"
                        + " of all calls.")
                .see(ACCESS)
                .query(ratio(rate(REQUESTS + DENIED), rate(REQUESTS)), "denied"),
            goodAtOne(
                    "Uses can be recorded",
                    "Whether every gateway can write its record. At no, calls of models are"
                        + " refused.")
                .see(AUDIT)
                .query("min(gatehouse_audit_available)", "recorded"),
            goodAtZero(
                    "Damaged journals",
                    "Journals of dead processes that are not as they were written. They are"
                        + " evidence: leave them in place; the log says where they are.")
                .see("docs/security/audit.md#what-a-dead-process-leaves-behind")
                .query("sum(gatehouse_audit_damaged_journals)", "damaged"),
            number(
                    "Calls of nobody registered",
                    "reqps",
                    "Calls a second without a registered caller, those without a credential"
                        + " included.")
                .see(CAUSES)
                .query(rate(REQUESTS + "{caller=\"unregistered\"}"), "unregistered"),
            stack(
                    "Credentials refused by cause",
                    "cps",
                    "What was wrong with credentials that were not accepted. SIGNATURE, ALGORITHM"
                        + " and ISSUER are rarely mistakes.")
                .see(CAUSES)
                .query(rate(FAILURES, "reason") + " > 0", "{{reason}}"),
            lines(
                    "Denied calls by caller",
                    "reqps",
                    "The callers that were denied most. Names of many models, denied one after the"
                        + " other, are somebody looking for what is there.")
                .see(ACCESS)
                .query(top(rate(REQUESTS + DENIED, "caller")), "{{caller}}"),
            lines(
                    "Invalid calls by caller",
                    "reqps",
                    "The callers with most calls whose tensors or fields were refused, or whose"
                        + " rows made a model fail.")
                .see(REFUSALS)
                .query(top(rate(REQUESTS + INVALID, "caller")), "{{caller}}"),
            lines(
                    "Share of each caller's calls that was refused",
                    "percentunit",
                    "Calls that did not end with OK, of all calls of that caller; the ten highest.")
                .see(REFUSALS)
                .query(
                    top(
                        ratio(
                            rate(REQUESTS + "{outcome!=\"OK\"}", "caller"),
                            rate(REQUESTS, "caller"))),
                    "{{caller}}"),
            lines(
                    "Rows answered, busiest callers",
                    "wps",
                    "Rows a second, of the ten callers that got most. Who copies a model needs"
                        + " rows.")
                .see(METRICS)
                .query(top(rate(ROWS, "caller")), "{{caller}}"),
            lines(
                    "Share of the devices' time, busiest callers",
                    "percentunit",
                    "Each caller's part of the time that devices spent; the ten greatest.")
                .see(METRICS)
                .query(
                    top(ratio(rate(COMPUTE, "caller"), "scalar(" + rate(COMPUTE) + ")")),
                    "{{caller}}"),
            lines(
                    "Rows answered, busiest callers and models",
                    "wps",
                    "Rows a second, of the ten pairs of caller and model with most.")
                .see(METRICS)
                .query(top(rate(ROWS, "caller, model")), "{{caller}} {{model}}"),
            stack(
                    "Calls refused for a spent quota",
                    "reqps",
                    "By the quota that was spent. The caller is on the dashboard of one caller,"
                        + " outcome QUOTA_EXHAUSTED.")
                .see(QUOTAS)
                .query(rate("gatehouse_quota_refusals_total", "quota"), "{{quota}}"),
            lines(
                    "Age of what the control log does not vouch for",
                    "s",
                    "The oldest entry of each gateway's journal that could still be taken away"
                        + " unseen. It grows while the database is out of reach.")
                .see("docs/security/audit.md#how-checkpoints-are-made")
                .query(max("gatehouse_audit_anchor_lag_seconds", "instance"), "{{instance}}"),
            lines(
                    "Calls that left no entry, commits that failed",
                    "cps",
                    "Both are zero in good order. Calls without an entry are of models whose"
                        + " record is best effort.")
                .see(AUDIT)
                .query(rate("gatehouse_audit_unrecorded_total"), "calls without an entry")
                .query(rate("gatehouse_audit_dropped_total"), "entries dropped")
                .query(rate("gatehouse_audit_commit_failures_total"), "commits failed")));
  }

  /** Of Prometheus itself, which is not among the gateways that can be chosen. */
  private static String failing(String what) {
    return rate("prometheus_rule_" + what + "_total{rule_group=~\".*gatehouse.*\"}");
  }

  static Dashboard caller() {
    String one = "{caller=~\"$caller\"}";
    return new Dashboard(
        "caller",
        "Gatehouse: one caller",
        "What one caller does, beside what all do. Choose the caller above.",
        List.of(Dashboard.CALLER),
        List.of(
            number("Calls", "reqps", "Calls a second of the chosen callers.")
                .see(METRICS)
                .query(rate(REQUESTS + one), "calls"),
            number("Rows", "wps", "Rows a second that the chosen callers were answered.")
                .see(METRICS)
                .query(rate(ROWS + one), "rows"),
            number(
                    "Share of all rows",
                    "percentunit",
                    "Rows that the chosen callers were answered, of all rows.")
                .see(METRICS)
                .query(ratio(rate(ROWS + one), rate(ROWS)), "of all rows"),
            number(
                    "Share of the devices' time",
                    "percentunit",
                    "The chosen callers' part of the time that devices spent.")
                .see(METRICS)
                .query(ratio(rate(COMPUTE + one), rate(COMPUTE)), "of all time"),
            number(
                    "Share of calls refused",
                    "percentunit",
                    "Calls that did not end with OK, of the chosen callers' calls.")
                .see(REFUSALS)
                .query(
                    ratio(
                        rate(REQUESTS + "{caller=~\"$caller\",outcome!=\"OK\"}"),
                        rate(REQUESTS + one)),
                    "refused"),
            number(
                    "Models",
                    "short",
                    "Models of which the chosen callers are answered rows now. Those beyond the"
                        + " bound on pairs of caller and model count as one, other.")
                .see(METRICS)
                .query("count(" + rate(ROWS + one, "model") + " > 0)", "models"),
            stack("Calls by outcome", "reqps", "OK, or the reason of the refusal.")
                .see(REFUSALS)
                .query(rate(REQUESTS + one, "outcome"), "{{outcome}}"),
            stack("Rows by model", "wps", "Rows a second that were answered, by model.")
                .see(METRICS)
                .query(rate(ROWS + one, "model"), "{{model}}"),
            lines(
                    "Rows, beside the limit",
                    "wps",
                    "Rows a second over five minutes, and the caller's limit, made of what it did"
                        + " in a day. Above it for 15 minutes there is an alert, above twice it at"
                        + " once. Of all gateways, whichever are chosen.")
                .see(BASELINES)
                .query(max("gatehouse:caller_rows:rate5m" + one, "caller"), "{{caller}}")
                .limit("gatehouse:caller_rows:limit"),
            lines(
                    "Refusals by caller and reason",
                    "reqps",
                    "What was refused to whom; to tell the chosen callers apart.")
                .see(REFUSALS)
                .query(
                    rate(REQUESTS + "{caller=~\"$caller\",outcome!=\"OK\"}", "caller, outcome"),
                    "{{caller}} {{outcome}}"),
            lines(
                    "Rows a call",
                    "short",
                    "Rows answered by calls that ended with OK. Many calls of one row that differ"
                        + " little are how a boundary is felt out; great calls are how a model is"
                        + " copied.")
                .see(ACCESS)
                .query(
                    ratio(
                        rate(ROWS + one, "caller"),
                        rate(REQUESTS + "{caller=~\"$caller\",outcome=\"OK\"}", "caller")),
                    "{{caller}}"),
            lines(
                    "Devices kept busy",
                    "short",
                    "Seconds of devices' time a second: 1 is one device that does nothing else.")
                .see(METRICS)
                .query(rate(COMPUTE + one, "caller"), "{{caller}}"),
            lines("Bytes of requests", "Bps", "As they came over the wire, refused ones included.")
                .see(METRICS)
                .query(rate(BYTES + one, "caller"), "{{caller}}"),
            lines(
                    "Bytes a call",
                    "bytes",
                    "The average request, and the caller's limit: at twice that there is an alert."
                        + " A change without a release of the caller's is a question to its owner.")
                .see(BASELINES)
                .query(
                    ratio(rate(BYTES + one, "caller"), rate(REQUESTS + one, "caller")),
                    "{{caller}}")
                .limit("gatehouse:caller_payload:limit"),
            lines(
                    "Devices' time a row",
                    "s",
                    "The average cost of a row, and the caller's limit: at twice that there is an"
                        + " alert. Inputs made to be slow raise it.")
                .see(BASELINES)
                .query(
                    ratio(rate(COMPUTE + one, "caller"), rate(ROWS + one, "caller")), "{{caller}}")
                .limit("gatehouse:caller_row_cost:limit")));
  }

  static Dashboard authentication() {
    return new Dashboard(
        "authentication",
        "Gatehouse: authentication and access",
        "Whether callers can prove who they are, and whether what decides is up to date.",
        List.of(),
        List.of(
            goodAtOne(
                    "Tokens can be checked",
                    "Whether every gateway has the issuer's keys and they are not too old. At no,"
                        + " every token is refused with DEPENDENCY_LOST.")
                .see(ACCESS)
                .query("min(gatehouse_identity_keys_usable)", "usable"),
            number(
                    "Calls without an accepted credential",
                    "percentunit",
                    "Calls that were refused for their credential, of all calls.")
                .see(REFUSALS)
                .query(
                    ratio(rate(REQUESTS + "{outcome=\"CREDENTIAL_INVALID\"}"), rate(REQUESTS)),
                    "refused"),
            goodAtZero(
                    "Differences from the identity provider",
                    "Registrations and clients that do not agree, found by the last comparison.")
                .see(ACCESS)
                .query("sum(max by (kind) (gatehouse_identity_drift))", "differences"),
            stack(
                    "Credentials refused by cause",
                    "cps",
                    "What was wrong with credentials that were not accepted.")
                .see(CAUSES)
                .query(rate(FAILURES, "reason") + " > 0", "{{reason}}"),
            lines(
                    "Good credentials that could not be checked",
                    "cps",
                    "Refused because the issuer's keys or the registrations were out of reach for"
                        + " too long; the fault is not the callers'.")
                .see(CAUSES)
                .query(
                    rate(FAILURES + "{reason=~\"KEYS_UNAVAILABLE|REGISTRATIONS_STALE\"}", "reason"),
                    "{{reason}}"),
            lines(
                    "Calls of nobody registered",
                    "reqps",
                    "Calls without a registered caller, by how they ended.")
                .see(CAUSES)
                .query(rate(REQUESTS + "{caller=\"unregistered\"}", "outcome"), "{{outcome}}"),
            lines(
                    "Calls denied",
                    "reqps",
                    "No right, no grant, or no login that is strong enough; by reason.")
                .see(ACCESS)
                .query(rate(REQUESTS + DENIED, "outcome"), "{{outcome}}"),
            lines(
                    "Age of the issuer's keys",
                    "s",
                    "Over gatehouse.oidc.keys-age-max no token is accepted.")
                .see("docs/configuration.md#gatehouseoidc")
                .query(max("gatehouse_identity_keys_age_seconds", "instance"), "{{instance}}"),
            lines(
                    "Age of registrations and grants",
                    "s",
                    "Over gatehouse.access.snapshot-age-max everything is refused, since"
                        + " revocations can no longer be seen.")
                .see("docs/security/access.md#taking-access-away")
                .query(max("gatehouse_access_snapshot_age_seconds", "instance"), "{{instance}}"),
            lines(
                    "Age of the identity provider's not-before",
                    "s",
                    "Time since it last said which tokens are too old. Only where the identity"
                        + " provider is administered.")
                .see("docs/security/access.md#taking-access-away")
                .query(
                    max("gatehouse_identity_not_before_age_seconds", "instance"), "{{instance}}"),
            lines(
                    "Differences from the identity provider by kind",
                    "short",
                    "What the last comparison found. Only where the identity provider is"
                        + " administered.")
                .see(ACCESS)
                .query(max("gatehouse_identity_drift", "kind"), "{{kind}}"),
            stack("Calls refused for a spent quota", "reqps", "By the quota that was spent.")
                .see(QUOTAS)
                .query(rate("gatehouse_quota_refusals_total", "quota"), "{{quota}}"),
            lines(
                    "Time of an exchange of quota tokens",
                    "s",
                    "Calls wait for it when no token is at hand.")
                .see(QUOTAS)
                .percentiles("gatehouse_quota_lease_duration_seconds_bucket", "", "")
                .query(average("gatehouse_quota_lease_duration_seconds", "", "job"), "average"),
            lines(
                    "Exchanges of quota tokens that failed",
                    "cps",
                    "While they fail, calls whose quota is not at hand are refused with"
                        + " DEPENDENCY_LOST.")
                .see(QUOTAS)
                .query(rate("gatehouse_quota_lease_failures_total", "instance"), "{{instance}}")));
  }
}
