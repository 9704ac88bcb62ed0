package dev.gatehouse.abuse;

/** How much a finding asks for. */
public enum Severity {
  /** One of several signs. */
  WARNING,
  /** Enough by itself. */
  CRITICAL
}
