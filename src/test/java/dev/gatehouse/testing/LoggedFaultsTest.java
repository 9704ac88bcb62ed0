package dev.gatehouse.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Faults are told from databases that stand still. */
final class LoggedFaultsTest {

  private static final String FAULT =
      """
      2026-11-23 01:10:27,848 ERROR [dev.gatehouse.edge.FaultBarrier] (worker) unexpected: \
      java.lang.IllegalStateException: x
      \tat com.google.protobuf.Parser.parse(Parser.java:1)
      \tat dev.gatehouse.edge.Unary.answer(Unary.java:21)
      """;

  private static final String STALL =
      """
      2026-11-23 01:10:28,848 WARN  [dev.gatehouse.access.SnapshotKeeper] (snapshots) Cannot read
      \tat dev.gatehouse.access.SnapshotLoader.load(SnapshotLoader.java:43)
      Caused by: org.postgresql.util.PSQLException: An I/O error occurred
      \tat org.postgresql.core.v3.QueryExecutorImpl.execute(QueryExecutorImpl.java:429)
      """;

  private static final String STATEMENT =
      """
      2026-11-23 01:10:28,848 ERROR [dev.gatehouse.edge.FaultBarrier] (worker) unexpected
      \tat dev.gatehouse.registry.Models.find(Models.java:43)
      Caused by: org.postgresql.util.PSQLException: ERROR: invalid byte sequence for encoding "UTF8": 0x00
      \tat org.postgresql.core.v3.QueryExecutorImpl.execute(QueryExecutorImpl.java:429)
      """;

  private static final String PLAIN = "2026-11-23 01:10:29,848 INFO  [x] (main) no trace\n";

  @Test
  void in_faultAmongStalls_isFoundAlone() {
    assertEquals(List.of(FAULT), LoggedFaults.in(PLAIN + STALL + FAULT + STALL + PLAIN));
    assertEquals(List.of(FAULT), LoggedFaults.in(FAULT));
    assertEquals(List.of(STATEMENT), LoggedFaults.in(STALL + STATEMENT));
  }

  @Test
  void in_noFault_isNothing() {
    assertEquals(List.of(), LoggedFaults.in(PLAIN + STALL + PLAIN));
    assertEquals(List.of(), LoggedFaults.in(""));
  }
}
