package dev.gatehouse.metrics;

/**
 * The counters that have labels. Prometheus sees dots as underscores, and {@code _total} appended.
 */
enum CounterName {
  CALLER_REQUESTS("gatehouse.caller.requests", 1, "Calls ended, by caller and outcome"),
  CALLER_ROWS("gatehouse.caller.rows", 1, "Rows answered, by caller and model"),
  CALLER_COMPUTE_SECONDS(
      "gatehouse.caller.compute.seconds", 1e9, "The callers' shares of the time of devices"),
  CALLER_REQUEST_BYTES("gatehouse.caller.request.bytes", 1, "Bytes of requests, by caller"),
  CALLER_NEW_NETWORKS("gatehouse.caller.new.networks", 1, "Networks new to their callers"),
  CALLER_OFF_HOURS_REQUESTS(
      "gatehouse.caller.off.hours.requests", 1, "Calls outside their callers' declared hours"),
  CALLER_UNKNOWN_MODELS(
      "gatehouse.caller.unknown.models", 1, "Denied calls that named a model for the first time"),
  ABUSE_OBSERVED_ROWS(
      "gatehouse.abuse.observed.rows", 1, "Rows that the watch looked at, by caller and model"),
  ABUSE_NEAR_DUPLICATE_ROWS(
      "gatehouse.abuse.near.duplicate.rows", 1, "Rows looked at that are close to another"),
  ABUSE_LOW_MARGIN_ROWS(
      "gatehouse.abuse.low.margin.rows", 1, "Rows looked at that the model is undecided about"),
  ABUSE_NOVEL_ROWS(
      "gatehouse.abuse.novel.rows", 1, "Rows looked at that are unlike the model's reference"),
  ABUSE_DROPPED_OBSERVATIONS(
      "gatehouse.abuse.dropped.observations", 1, "Observations that were not looked at"),
  ABUSE_FINDINGS("gatehouse.abuse.findings", 1, "Findings, by rule, severity and source"),
  ABUSE_WITHHELD_RESPONSES(
      "gatehouse.abuse.withheld.responses", 1, "Restrictions that the policy did not make"),
  CALLER_SLOT_EXCHANGES(
      "gatehouse.caller.slot.exchanges", 1, "Times that a caller took another's place in these"),
  MODEL_REQUESTS("gatehouse.model.requests", 1, "Calls ended, by version and outcome"),
  MODEL_EXECUTIONS("gatehouse.model.executions", 1, "Batches run, by version"),
  QUEUE_DROPPED("gatehouse.queue.dropped.calls", 1, "Queued calls that never ran, by reason"),
  CALLS_RETRIED("gatehouse.batch.retried.calls", 1, "Runs again of calls whose batch failed"),
  CALLER_PENALTIES("gatehouse.caller.penalties", 1, "Callers put to run alone, by model"),
  MEMORY_EXHAUSTED("gatehouse.device.memory.exhausted", 1, "Batches a device had no memory for"),
  ROWS_PADDED("gatehouse.batch.padded.rows", 1, "Rows added to fill up batches"),
  AUTH_FAILURES("gatehouse.auth.failures", 1, "Credentials not accepted, by reason"),
  QUOTA_REFUSALS("gatehouse.quota.refusals", 1, "Calls refused for a spent quota, by quota"),
  QUOTA_LEASE_FAILURES(
      "gatehouse.quota.lease.failures", 1, "Exchanges with the shared buckets that failed"),
  AUDIT_UNRECORDED("gatehouse.audit.unrecorded", 1, "Uses of models that were not recorded"),
  AUDIT_COMMITS("gatehouse.audit.commits", 1, "Commits of the access journal"),
  AUDIT_JOURNAL_BYTES("gatehouse.audit.journal.bytes", 1, "Bytes committed to the access journal");

  private final String base;
  private final double divisor;
  private final String description;

  CounterName(String base, double divisor, String description) {
    this.base = base;
    this.divisor = divisor;
    this.description = description;
  }

  /** The name as the registry takes it. */
  String base() {
    return base;
  }

  /** How many of the units counted make one of the unit shown. */
  double divisor() {
    return divisor;
  }

  String description() {
    return description;
  }
}
