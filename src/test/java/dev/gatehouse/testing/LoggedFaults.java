package dev.gatehouse.testing;

import java.util.List;
import java.util.regex.Pattern;

/** Stack traces in what a gateway has logged. */
public final class LoggedFaults {

  /** Every record begins with the time. */
  private static final Pattern RECORD = Pattern.compile("(?m)^(?=\\d{4}-\\d\\d-\\d\\d \\d\\d:)");

  private static final String TRACE = "\tat dev.gatehouse";

  /**
   * What is in the trace of a connection to the database that was lost or did not answer in time:
   * it may at any time where the machine stands still, and whoever looks for it has every right to
   * a trace. What the database answers to a statement of ours is a fault.
   */
  private static final List<String> STALLS =
      List.of(
          "An I/O error occurred",
          "This connection has been closed",
          "Acquisition timeout while waiting for new connection",
          "terminating connection due to",
          "canceling statement due to statement timeout",
          "canceling statement due to lock timeout",
          "java.net.SocketTimeoutException",
          "The connection attempt failed");

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
