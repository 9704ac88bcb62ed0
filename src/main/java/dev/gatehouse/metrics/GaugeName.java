package dev.gatehouse.metrics;

/** The gauges that are told of a caller, or of a pair of caller and model. */
enum GaugeName {
  CALLER_MODELS("gatehouse.caller.models", "Models named in the last 10 minutes, by caller"),
  CALLER_NETWORKS("gatehouse.caller.networks", "Networks called from in the last hour, by caller"),
  CALLER_CREDENTIALS(
      "gatehouse.caller.credentials", "Credentials called with in the last hour, by caller"),
  CALLER_SHARED_CREDENTIALS(
      "gatehouse.caller.shared.credentials",
      "Credentials that two parties use at once, in the last 10 minutes, by caller"),
  CALLER_LATENCY_FACTOR(
      "gatehouse.caller.latency.factor",
      "Time of answered calls in the last minute over what is usual, by caller"),
  CALLER_ROW_COST_FACTOR(
      "gatehouse.caller.row.cost.factor",
      "Device time of answered rows in the last 10 minutes over what is usual, by caller"),
  DISTANCE_NORMALITY(
      "gatehouse.abuse.distance.normality", "Shapiro-Wilk's W of distances between queries"),
  EXTRACTION_SCORE(
      "gatehouse.abuse.extraction.score", "How much queries look like those that copy a model");

  private final String base;
  private final String description;

  GaugeName(String base, String description) {
    this.base = base;
    this.description = description;
  }

  /** The name as the registry takes it. */
  String base() {
    return base;
  }

  String description() {
    return description;
  }
}
