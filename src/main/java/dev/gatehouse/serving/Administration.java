package dev.gatehouse.serving;

import dev.gatehouse.audit.AuditUnavailableException;
import dev.gatehouse.audit.ControlEvent;
import dev.gatehouse.audit.ControlLog;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CurrentTrace;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Ticker;
import io.quarkus.narayana.jta.QuarkusTransaction;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Runs administrative work: changes in a transaction of their own, with their entry in the control
 * log as the last thing in it, and reads as they are. A lost database becomes {@code
 * DependencyLost}, an entry that cannot be written {@code AuditUnavailable}.
 */
final class Administration {

  private static final Logger LOG = Logger.getLogger(Administration.class);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);
  private static final String OK = "OK";

  private final ControlLog log;
  private final Ticker ticker;

  Administration(ControlLog log, Ticker ticker) {
    this.log = log;
    this.ticker = ticker;
  }

  /**
   * What the record says of a change.
   *
   * @param resource the name of what it was done to
   * @param detail what else there is to say, in one line; or null
   */
  record Told(String resource, @Nullable String detail) {

    /** A resource about which there is nothing more to say. */
    static Told of(String resource) {
      return new Told(resource, null);
    }
  }

  /**
   * Makes a change and records it, in one transaction.
   *
   * @param action what is done, such as {@code models.create}
   * @param resource the name of what it is done to
   * @throws RefusedException as {@code work} does, and with {@code AuditUnavailable} or {@code
   *     DependencyLost}; nothing has changed then
   */
  <T> T change(Caller caller, String action, String resource, Supplier<T> work) {
    return change(caller, action, result -> Told.of(resource), work);
  }

  /**
   * As {@link #change(Caller, String, String, Supplier)}, where what there is to say is known only
   * once it is done.
   */
  <T> T change(Caller caller, String action, Function<T, Told> told, Supplier<T> work) {
    long startNanos = ticker.nanos();
    return transaction(
        () -> {
          T result = work.get();
          log.append(event(caller, action, told.apply(result), OK, startNanos));
          return result;
        });
  }

  /**
   * Makes a change that takes more than one transaction, or more than the database, and records
   * that it begins before anything is done, and how it ended; {@code work} undoes what it has done
   * if it throws. An end that cannot be written at once is written later, if this process lives:
   * what began and has no end may have been done.
   *
   * @throws RefusedException as {@code work} does, and with {@code AuditUnavailable} if its
   *     beginning cannot be recorded; nothing has changed then
   */
  <T> T record(Caller caller, String action, Told told, Supplier<T> work) {
    return record(caller, action, told, result -> true, work);
  }

  /**
   * As {@link #record(Caller, String, Told, Supplier)}, where some of the steps may have failed and
   * the change counts all the same.
   *
   * @param caller who makes it, or null if nobody asked for it just now
   * @param whole whether none did; else the end is recorded as {@code FAILED}
   */
  <T> T record(
      @Nullable Caller caller, String action, Told told, Predicate<T> whole, Supplier<T> work) {
    long startNanos = ticker.nanos();
    boolean ignored =
        transaction(
            () -> {
              log.append(event(caller, action, told, ControlEvent.BEGUN, startNanos));
              return true;
            });
    String outcome = ControlEvent.FAILED;
    try {
      T result = work.get();
      outcome = whole.test(result) ? OK : ControlEvent.FAILED;
      return result;
    } catch (RefusedException e) {
      outcome = e.refusal().reason().name();
      throw e;
    } finally {
      ended(event(caller, action, told, outcome, startNanos));
    }
  }

  private void ended(ControlEvent event) {
    try {
      boolean ignored =
          transaction(
              () -> {
                log.append(event);
                return true;
              });
    } catch (RuntimeException e) {
      LOG.warnf("the end of %s on %s is recorded later", event.action(), event.resource());
      log.offer(event);
    }
  }

  /**
   * Makes a change that nobody asked for just now, such as the outcome of a deployment, and records
   * it if there is anything to record.
   *
   * @param told what happened; empty if nothing did
   */
  <T> T event(String action, String outcome, Function<T, Optional<Told>> told, Supplier<T> work) {
    long startNanos = ticker.nanos();
    return transaction(
        () -> {
          T result = work.get();
          told.apply(result)
              .ifPresent(words -> log.append(event(null, action, words, outcome, startNanos)));
          return result;
        });
  }

  private ControlEvent event(
      @Nullable Caller caller, String action, Told told, String outcome, long startNanos) {
    return new ControlEvent(
        caller,
        action,
        told.resource(),
        told.detail(),
        outcome,
        ticker.nanos() - startNanos,
        CurrentTrace.get());
  }

  /**
   * A transaction that leaves nothing in the record: what it changes is no more than bookkeeping.
   */
  <T> T transaction(Supplier<T> work) {
    return read(() -> QuarkusTransaction.requiringNew().call(work::get));
  }

  /** Work after a change that is committed already: its failure is not that of the change. */
  void afterwards(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      LOG.warnf("left undone after a change: %s", e.toString());
    }
  }

  /** Work that needs the database. */
  <T> T read(Supplier<T> work) {
    try {
      return work.get();
    } catch (RefusedException e) {
      throw e;
    } catch (AuditUnavailableException e) {
      throw new RefusedException(new Refusal.AuditUnavailable(RETRY_AFTER));
    } catch (RuntimeException e) {
      if (lost(e)) {
        LOG.warnf("the database cannot be reached: %s", e.toString());
        throw new RefusedException(new Refusal.DependencyLost(RETRY_AFTER));
      }
      throw e;
    }
  }

  /**
   * Whether the connection failed rather than the statement: SQLSTATE classes 08 (connection), 53
   * (resources), 57 (shut down), and none at all, which is the pool's way to say that it got no
   * connection.
   */
  private static boolean lost(Throwable failure) {
    int depthMax = 20;
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < depthMax; depth++) {
      if (cause instanceof SQLException sql) {
        String state = sql.getSQLState();
        return state == null
            || state.startsWith("08")
            || state.startsWith("53")
            || state.startsWith("57");
      }
      cause = cause.getCause();
    }
    return false;
  }
}
