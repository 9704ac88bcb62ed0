package dev.gatehouse.testing;

import java.util.List;
import java.util.regex.Pattern;

/** Stack traces in what a gateway has logged. */
public final class LoggedFaults {

  /** Every record begins with the time. */
  private static final Pattern RECORD = Pattern.compile("(?m)^(?=\\d{4}-\\d\\d-\\d\\d \\d\\d:)");

  private static final String TRACE = "\tat dev.gatehouse";

  /**
   * What is in the trace of a database, or of a record that needs one, that did not answer in time:
   * it may at any time where the machine stands still, and whoever looks for it has every right to
   * a trace.
   */
  private static final List<String> STALLS =
      List.of(
          "java.sql.",
          "org.postgresql.",
          "io.agroal.",
          "AuditUnavailableException",
          "TimeoutException");

  private LoggedFaults() {}

  /** The records with a stack trace of ours that no lost or slow database explains. */
  public static List<String> in(String log) {
    return RECORD
        .splitAsStream(log)
        .filter(record -> record.contains(TRACE))
        .filter(record -> STALLS.stream().noneMatch(record::contains))
        .toList();
  }
}
