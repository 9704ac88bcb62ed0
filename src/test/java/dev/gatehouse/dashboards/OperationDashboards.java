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
import static dev.gatehouse.dashboards.Promql.sum;

import java.util.List;

/** What those look at who keep the gateway running. */
final class OperationDashboards {

  private static final String CALLS = "gatehouse_model_requests_total{model=~\"$model\"}";
  private static final String PHASE = "gatehouse_model_phase_duration_seconds";
  private static final String BATCH_ROWS = "gatehouse_batch_rows";
  private static final String MODEL = "{model=~\"$model\"}";

  /** Outcomes for which the gateway or its load is to blame, not the caller. */
  private static final String FAULTS =
      "gatehouse_model_requests_total{model=~\"$model\",outcome=~\"INTERNAL|QUEUE_FULL|DRAINING|"
          + "MODEL_NOT_READY|DEPENDENCY_LOST|AUDIT_UNAVAILABLE|DEADLINE_EXCEEDED\"}";

  private static final String METRICS = "docs/metrics.md";
  private static final String REFUSALS = "docs/refusals.md";
  private static final String DEPLOYMENT = "docs/configuration.md#gatehousedeployment";
  private static final String ENGINE = "docs/configuration.md#gatehouseengine";
  private static final String AUDIT = "docs/security/audit.md";
  private static final String REPLICA = "docs/configuration.md#gatehousereplica";

  private OperationDashboards() {}

  private static String phase(String phase) {
    return "{model=~\"$model\",phase=\"" + phase + "\"}";
  }

  static Dashboard serving() {
    return new Dashboard(
        "serving",
        "Gatehouse: serving",
        "Rate, errors and duration of calls to models.",
        List.of(Dashboard.MODEL),
        List.of(
            number("Calls", "reqps", "Calls a second whose tensors fitted a version.")
                .see(METRICS)
                .query(rate(CALLS), "calls"),
            number(
                    "Share of calls failed",
                    "percentunit",
                    "Calls that ended for a fault or the load of the gateway, of all calls that"
                        + " fitted a version.")
                .see(REFUSALS)
                .query(ratio(rate(FAULTS), rate(CALLS)), "failed"),
            number("Rows", "wps", "Rows a second that were answered.")
                .see(METRICS)
                .query(rate("gatehouse_caller_rows_total" + MODEL), "rows"),
            lines("Calls by model", "reqps", "Calls whose tensors fitted a version.")
                .see(METRICS)
                .query(rate(CALLS, "model"), "{{model}}"),
            stack("Calls by outcome", "reqps", "OK, or the reason of the refusal.")
                .see(REFUSALS)
                .query(rate(CALLS, "outcome"), "{{outcome}}"),
            lines(
                    "Calls failed by model and reason",
                    "reqps",
                    "Faults of the gateway, its dependencies or its load. QUEUE_FULL and"
                        + " DEADLINE_EXCEEDED ask for more devices or smaller batches.")
                .see(REFUSALS)
                .query(rate(FAULTS, "model, outcome"), "{{model}} {{outcome}}"),
            lines(
                    "Share of calls failed by model",
                    "percentunit",
                    "Calls failed for a fault or the load of the gateway, of all that fitted a"
                        + " version of the model.")
                .see(REFUSALS)
                .query(ratio(rate(FAULTS, "model"), rate(CALLS, "model")), "{{model}}"),
            lines(
                    "Time in the queue",
                    "s",
                    "From admission until a batch took the call, of the calls that were answered.")
                .see(DEPLOYMENT)
                .percentiles(PHASE + "_bucket" + phase("queue"), "model", "{{model}}"),
            lines("Time on the device", "s", "Of each batch. Grows with the rows of a batch.")
                .see(ENGINE)
                .percentiles(PHASE + "_bucket" + phase("compute"), "model", "{{model}}"),
            stack(
                    "Where the time goes",
                    "s",
                    "Averages of the phases: in the queue for a call; assembling, computing and"
                        + " scattering for a batch.")
                .see(METRICS)
                .query(average(PHASE, MODEL, "phase"), "{{phase}}"),
            lines("Slowest lately", "s", "The greatest recent value of each phase.")
                .see(METRICS)
                .query(max(PHASE + "_max" + MODEL, "model, phase"), "{{model}} {{phase}}"),
            lines("Rows by model", "wps", "Rows a second that were answered.")
                .see(METRICS)
                .query(rate("gatehouse_caller_rows_total" + MODEL, "model"), "{{model}}"),
            stack(
                    "Calls by version",
                    "reqps",
                    "During a rollout, the calls move from one version to the other.")
                .see(METRICS)
                .query(rate(CALLS, "model, version"), "{{model}} {{version}}"),
            lines(
                    "Share of canaries",
                    "percent",
                    "Calls that name no version and go to this one, drawn by chance; 0 where it"
                        + " is no canary.")
                .see(METRICS)
                .query(
                    max("gatehouse_canary_percent" + MODEL, "model, version"),
                    "{{model}} {{version}}")));
  }

  static Dashboard devices() {
    return new Dashboard(
        "devices",
        "Gatehouse: batching and devices",
        "Utilisation, saturation and errors of devices, queues and memory.",
        List.of(Dashboard.MODEL),
        List.of(
            number("Instances", "short", "Instances of the chosen models that can run.")
                .see(ENGINE)
                .query("sum(gatehouse_model_instances" + MODEL + ")", "instances"),
            number(
                    "Rows a batch",
                    "short",
                    "The average batch. One row a batch under load means that nothing is gained"
                        + " by batching.")
                .see(DEPLOYMENT)
                .query(
                    ratio(rate(BATCH_ROWS + "_sum" + MODEL), rate(BATCH_ROWS + "_count" + MODEL)),
                    "rows"),
            goodAtZero("Callers that run alone", "Callers whose inputs failed again and again.")
                .see(METRICS)
                .query("sum(gatehouse_queue_penalised_callers" + MODEL + ")", "callers"),
            lines(
                    "Instances kept busy",
                    "percentunit",
                    "Utilisation: time spent computing, of the time that the model's instances"
                        + " had.")
                .see(ENGINE)
                .query(
                    ratio(
                        rate(PHASE + "_sum" + phase("compute"), "model"),
                        sum("gatehouse_model_instances" + MODEL, "model")),
                    "{{model}}"),
            lines("Batches", "ops", "Batches a second that ran.")
                .see(METRICS)
                .query(
                    rate("gatehouse_model_executions_total" + MODEL, "model, version"),
                    "{{model}} {{version}}"),
            lines("Rows of a batch", "short", "How full batches are.")
                .see(DEPLOYMENT)
                .percentiles(BATCH_ROWS + "_bucket" + MODEL, "model", "{{model}}")
                .query(max("gatehouse_batch_rows_limit" + MODEL, "model"), "limit {{model}}"),
            lines(
                    "Share of rows that are padding",
                    "percentunit",
                    "Rows added to bring batches to an allowed size, of the rows that ran.")
                .see(DEPLOYMENT)
                .query(
                    ratio(
                        rate("gatehouse_batch_padded_rows_total" + MODEL, "model"),
                        rate(BATCH_ROWS + "_sum" + MODEL, "model")),
                    "{{model}}"),
            lines("Rows waiting", "short", "Saturation: rows that wait for a device.")
                .see(DEPLOYMENT)
                .query(sum("gatehouse_queue_pending_rows" + MODEL, "model"), "{{model}}"),
            lines(
                    "Share of the queue taken",
                    "percentunit",
                    "Rows admitted and not answered, over all versions, of the most that one version"
                        + " admits at once; of the fullest replica. At 1 calls are refused there"
                        + " with QUEUE_FULL, where one version has the calls.")
                .see(DEPLOYMENT)
                .query(
                    max(
                        ratio(
                            sum("gatehouse_queue_reserved_rows" + MODEL, "model, instance"),
                            max("gatehouse_queue_rows_limit" + MODEL, "model, instance")),
                        "model"),
                    "{{model}}"),
            lines("Calls in the gateway", "short", "Calls admitted and not answered.")
                .see(METRICS)
                .query(sum("gatehouse_queue_reserved_calls" + MODEL, "model"), "{{model}}"),
            lines(
                    "Calls dropped from the queue",
                    "cps",
                    "Calls that never reached a device: cancelled, expired, or certain to expire.")
                .see(METRICS)
                .query(rate("gatehouse_queue_dropped_calls_total" + MODEL, "reason"), "{{reason}}"),
            lines(
                    "Errors of batches",
                    "cps",
                    "Runs again of calls whose batch failed, batches without enough memory, and"
                        + " callers put to run alone.")
                .see(METRICS)
                .query(
                    rate("gatehouse_batch_retried_calls_total" + MODEL, "model"),
                    "{{model}} retried")
                .query(
                    rate("gatehouse_device_memory_exhausted_total" + MODEL, "model"),
                    "{{model}} out of memory")
                .query(
                    rate("gatehouse_caller_penalties_total" + MODEL, "model"),
                    "{{model}} penalties"),
            lines(
                    "Instances that can run",
                    "short",
                    "Fewer than deployed where instances are stuck or being replaced.")
                .see(ENGINE)
                .query(
                    sum("gatehouse_model_instances" + MODEL, "model, instance"),
                    "{{model}} {{instance}}"),
            lines(
                    "Bytes held for calls",
                    "bytes",
                    "Requests that are held, tensors admitted, and memory outside the heap that"
                        + " buffers take.")
                .see("docs/configuration.md#gatehouseserver")
                .query(sum("gatehouse_inbound_bytes", "instance"), "{{instance}} requests")
                .query(
                    sum("gatehouse_queue_reserved_bytes" + MODEL, "instance"),
                    "{{instance}} tensors")
                .query(sum("gatehouse_direct_memory_bytes", "instance"), "{{instance}} buffers"),
            lines(
                    "Tensors alive",
                    "short",
                    "Tensors that executions have not released. It comes back to the same level"
                        + " after load.")
                .see(ENGINE)
                .query(sum("gatehouse_engine_live_tensors", "instance"), "{{instance}}"),
            lines("Heap", "bytes", "What the Java heap holds, and its bound.")
                .query(sum("jvm_memory_used_bytes{area=\"heap\"}", "instance"), "{{instance}} used")
                .query(
                    sum("jvm_memory_max_bytes{area=\"heap\"}", "instance"), "{{instance}} bound"),
            lines(
                    "Processor",
                    "percentunit",
                    "The process's share of all processors of its machine.")
                .query(max("process_cpu_usage", "instance"), "{{instance}}"),
            lines(
                    "Share of time in pauses of the collector",
                    "percentunit",
                    "Time in which the garbage collector stopped every thread.")
                .query(rate("jvm_gc_pause_seconds_sum", "instance"), "{{instance}}")));
  }

  static Dashboard record() {
    return new Dashboard(
        "record",
        "Gatehouse: registry and audit",
        "What runs where, whether replicas agree, and whether everything is recorded.",
        List.of(),
        List.of(
            number("Replicas alive", "short", "As of the last heartbeat of any replica.")
                .see(REPLICA)
                .query("max(gatehouse_replicas_alive)", "replicas"),
            goodAtZero(
                    "Versions that failed to load",
                    "Ready on another replica and not loadable on one. That replica is not ready"
                        + " until they run.")
                .see(REPLICA)
                .query("sum(gatehouse_replica_failed_versions)", "versions"),
            goodAtOne(
                    "Changes are listened for",
                    "Whether every replica is told of changes at once. At no, they are noticed"
                        + " later, by polling.")
                .see("docs/configuration.md#gatehousechanges")
                .query("min(gatehouse_changes_listening)", "listening"),
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
            goodAtZero(
                    "Changes that nobody told",
                    "Changes a second that a poll found and no notification had told.")
                .see("docs/configuration.md#gatehousechanges")
                .query(rate("gatehouse_changes_missed_notifications_total"), "missed"),
            lines(
                    "Control log is as it was signed",
                    "bool_yes_no",
                    "As each gateway found it. At no, somebody changed, cut or forked it, and"
                        + " administration stops.")
                .see("docs/security/audit.md#how-checkpoints-are-made")
                .query(
                    "min by (instance) (gatehouse_audit_control_log_consistent)", "{{instance}}"),
            lines("Replicas as each sees them", "short", "They agree but for a moment.")
                .see(REPLICA)
                .query(max("gatehouse_replicas_alive", "instance"), "{{instance}}"),
            lines("Notifications of changes", "cps", "That came to each replica.")
                .see("docs/configuration.md#gatehousechanges")
                .query(rate("gatehouse_changes_notifications_total", "instance"), "{{instance}}"),
            lines(
                    "Instances by model and gateway",
                    "short",
                    "What runs where; each ready version runs on every replica.")
                .see(REPLICA)
                .query(
                    sum("gatehouse_model_instances", "model, instance"), "{{model}} {{instance}}"),
            lines(
                    "Age of registrations and grants",
                    "s",
                    "Over gatehouse.access.snapshot-age-max everything is refused.")
                .see("docs/configuration.md#gatehouseaccess")
                .query(max("gatehouse_access_snapshot_age_seconds", "instance"), "{{instance}}"),
            lines(
                    "Time of a commit",
                    "s",
                    "In which the entries of one commit were written and forced to the disk."
                        + " Answers wait for it.")
                .see(AUDIT)
                .percentiles("gatehouse_audit_commit_duration_seconds_bucket", "", "")
                .query(
                    max("gatehouse_audit_commit_duration_seconds_max", "instance"),
                    "greatest {{instance}}"),
            lines("Commits", "ops", "Commits of the access journal, and those that failed.")
                .see(AUDIT)
                .query(rate("gatehouse_audit_commits_total", "instance"), "{{instance}}")
                .query(
                    rate("gatehouse_audit_commit_failures_total", "instance"),
                    "{{instance}} failed"),
            lines("Written to journals", "Bps", "What the record takes of the disk.")
                .see("docs/security/audit.md#retention")
                .query(rate("gatehouse_audit_journal_bytes_total", "instance"), "{{instance}}"),
            lines(
                    "Backlog of the journal",
                    "short",
                    "Places taken: two for a call in flight, one for an entry not on disk yet.")
                .see("docs/configuration.md#gatehouseaudit")
                .query(max("gatehouse_audit_backlog", "instance"), "{{instance}}"),
            lines(
                    "Calls that left no entry",
                    "cps",
                    "Calls of models whose record is best effort, and entries of calls that need"
                        + " not be recorded.")
                .see(AUDIT)
                .query(rate("gatehouse_audit_unrecorded_total"), "calls without an entry")
                .query(rate("gatehouse_audit_dropped_total"), "entries dropped"),
            lines(
                    "Age of what the control log does not vouch for",
                    "s",
                    "Beyond gatehouse.audit.anchor-lag-max calls are refused.")
                .see("docs/configuration.md#gatehouseaudit")
                .query(max("gatehouse_audit_anchor_lag_seconds", "instance"), "{{instance}}"),
            lines(
                    "Closed segments without an anchor",
                    "short",
                    "Segments that the control log does not vouch for yet.")
                .see("docs/configuration.md#gatehouseaudit")
                .query(max("gatehouse_audit_unanchored_segments", "instance"), "{{instance}}")));
  }
}
