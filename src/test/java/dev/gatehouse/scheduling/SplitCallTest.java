package dev.gatehouse.scheduling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.SystemTime;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls with more rows than a batch: one letter a row. */
@Timeout(120)
final class SplitCallTest {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final CallTerms TERMS = Harness.terms("caller");

  private final GatedRunner runner = new GatedRunner();
  private final Batcher<String, String> batcher = start(new Letters());
  private final RecordedAnswer<String> answer = new RecordedAnswer<>();

  /** Cuts and joins words. */
  private static final class Letters implements PayloadParts<String, String> {

    @Override
    public String part(String payload, int firstRow, int rows) {
      if (payload.startsWith("?")) {
        throw new IllegalArgumentException("cannot be cut");
      }
      return payload.substring(firstRow, firstRow + rows);
    }

    @Override
    public String join(List<String> parts) {
      if (parts.contains("!!!")) {
        throw new IllegalStateException("cannot be joined");
      }
      return String.join("", parts);
    }
  }

  @AfterEach
  void close() throws InterruptedException {
    runner.letOut(1_000);
    assertTrue(batcher.drain(LONG));
    assertEquals(0, batcher.reservedRows());
    assertEquals(0, batcher.reservedBytes());
    assertEquals(0, batcher.reservedCalls());
    assertEquals(0, batcher.pendingRows());
    batcher.close();
  }

  @Test
  void submit_moreRowsThanABatch_isCutAndJoinedInOrder() throws InterruptedException {
    Reservation<String, String> reservation = reserve(8, 100);
    runner.letOut(2);
    reservation.submit("k", 1, Deadline.NONE, "abcdefgh", answer);
    runner.awaitEntry();
    runner.awaitEntry();
    runner.awaitEntry();
    assertEquals(1, batcher.reservedCalls());
    assertEquals(0, answer.count(), "not before its last part");
    runner.letOut(1);
    assertEquals("ABCDEFGH", answer.get());
    assertEquals(List.of(List.of("abc"), List.of("def"), List.of("gh")), runner.batches());
    assertEquals(8, answer.timing().batchRows());
  }

  @Test
  void partIsRejected_wholeIsRefusedOnceAndTheRestNeverRuns() throws InterruptedException {
    reserve(9, 10).submit("k", 1, Deadline.NONE, "badxxxyyy", answer);
    runner.letOut(1);
    assertEquals(Reason.MODEL_REJECTED_INPUT, answer.reason());
    assertEquals(0, batcher.reservedCalls());
    assertEquals(0, batcher.reservedRows());
    runner.letOut(5);
    assertTrue(batcher.drain(LONG));
    assertEquals(1, answer.count());
  }

  @Test
  void cancel_answersOnceAndFreesTheWholePermitAtOnce() throws InterruptedException {
    Submission submission = reserve(8, 10).submit("k", 1, Deadline.NONE, "abcdefgh", answer);
    runner.awaitEntry();
    submission.cancel();
    submission.cancel();
    assertEquals(Reason.CANCELLED, answer.reason());
    assertEquals(0, batcher.reservedRows());
    assertEquals(0, batcher.reservedBytes());
    assertEquals(0, batcher.reservedCalls());
    runner.letOut(5);
    assertTrue(batcher.drain(LONG));
    assertEquals(List.of(List.of("abc")), runner.batches());
  }

  @Test
  void cutterThrows_reservationStaysOpen() {
    Reservation<String, String> reservation = reserve(8, 10);
    assertThrows(
        IllegalArgumentException.class,
        () -> reservation.submit("k", 1, Deadline.NONE, "?bcdefgh", answer));
    assertEquals(8, batcher.reservedRows());
    reservation.release();
    assertThrows(
        IllegalStateException.class,
        () -> reservation.submit("k", 1, Deadline.NONE, "abcdefgh", answer));
  }

  @Test
  void joinerThrows_isInternal() throws InterruptedException {
    runner.letOut(3);
    reserve(6, 10).submit("k", 1, Deadline.NONE, "!!!abc", answer);
    assertEquals(Reason.INTERNAL, answer.reason());
  }

  @Test
  void moreRowsThanTheQueue_isRefusedAsInvalid() {
    assertEquals(
        Reason.TENSOR_INVALID,
        assertInstanceOf(Admission.Refused.class, batcher.reserve(TERMS, 21, 1))
            .refusal()
            .reason());
  }

  @Test
  void batcherClosed_wholeIsRefusedOnce() throws InterruptedException {
    reserve(8, 10).submit("k", 1, Deadline.NONE, "abcdefgh", answer);
    runner.awaitEntry();
    batcher.close();
    assertEquals(Reason.DRAINING, answer.reason());
    assertEquals(0, batcher.reservedRows());
  }

  private Reservation<String, String> reserve(int rows, long bytes) {
    return switch (batcher.reserve(TERMS, rows, bytes)) {
      case Reservation<String, String> reservation -> reservation;
      case Admission.Refused<String, String> refused ->
          throw new AssertionError("refused: " + refused.refusal());
    };
  }

  private Batcher<String, String> start(PayloadParts<String, String> parts) {
    return Batcher.start(
        "split",
        new BatcherSettings(1, 3, List.of(), Duration.ZERO, 20, 1_000, 20, 10, Duration.ZERO),
        runner,
        parts,
        BatchListener.NONE,
        SystemTime.ticker());
  }
}
