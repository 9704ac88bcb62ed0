package dev.gatehouse.scheduling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Failing calls cannot fill the log. */
final class FailureLogTest {

  private final Logger logger = Logger.getLogger(FailureLog.class.getName());
  private final Warnings warnings = new Warnings();
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 10);

  @BeforeEach
  void listen() {
    logger.addHandler(warnings);
  }

  @AfterEach
  void stopListening() {
    logger.removeHandler(warnings);
  }

  @Test
  void runFailed_manyInOneInterval_warnsOnceAndCountsTheRest() {
    FailureLog log = new FailureLog("digits", now::get);
    for (int i = 0; i < 5; i++) {
      log.runFailed(3, new IllegalArgumentException("on purpose"));
    }
    assertEquals(1, warnings.texts.size());
    now.addAndGet(FailureLog.INTERVAL.toNanos() - 1);
    log.runFailed(3, new IllegalArgumentException("on purpose"));
    assertEquals(1, warnings.texts.size());
    now.addAndGet(1);
    log.runFailed(3, new IllegalArgumentException("on purpose"));
    assertEquals(2, warnings.texts.size());
    assertTrue(warnings.texts.getLast().contains("digits"));
    assertTrue(warnings.texts.getLast().contains("(5 failures before it"));
  }

  /** Keeps the texts of warnings. */
  private static final class Warnings extends Handler {
    private final List<String> texts = new ArrayList<>();

    @Override
    public void publish(LogRecord record) {
      if (record.getLevel().intValue() >= Level.WARNING.intValue()) {
        Object[] parameters = record.getParameters();
        texts.add(
            parameters == null
                ? record.getMessage()
                : String.format(record.getMessage(), parameters));
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
