package dev.gatehouse.serving;

import dev.gatehouse.audit.AuditEvent;
import dev.gatehouse.audit.AuditLog;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Ticker;
import io.quarkus.narayana.jta.QuarkusTransaction;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Runs administrative work: changes in a transaction of their own with a place in the audit record
 * taken before, reads as they are. A lost database becomes {@code DependencyLost} for both.
 */
final class Administration {

  private static final Logger LOG = Logger.getLogger(Administration.class);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  private final AuditLog audit;
  private final Ticker ticker;

  Administration(AuditLog audit, Ticker ticker) {
    this.audit = audit;
    this.ticker = ticker;
  }

  /**
   * Makes a change and records it.
   *
   * @param action what is done, such as {@code models.create}
   * @param resource the name of what it is done to
   * @throws RefusedException as {@code work} does, and with {@code AuditUnavailable} or {@code
   *     DependencyLost}; nothing has changed then
   */
  <T> T change(Caller caller, String action, String resource, Supplier<T> work) {
    return change(caller, action, result -> resource, work);
  }

  /**
   * As {@link #change(Caller, String, String, Supplier)}, for a resource whose name is known only
   * once it is made.
   */
  <T> T change(Caller caller, String action, Function<T, String> resource, Supplier<T> work) {
    return record(caller, action, resource, () -> transaction(work));
  }

  /**
   * Makes a change that takes more than one transaction, or more than the database, and records it;
   * {@code work} undoes what it has done if it throws.
   *
   * @throws RefusedException as {@code work} does, and with {@code AuditUnavailable}
   */
  <T> T record(Caller caller, String action, String resource, Supplier<T> work) {
    return record(caller, action, result -> resource, work);
  }

  private <T> T record(
      Caller caller, String action, Function<T, String> resource, Supplier<T> work) {
    long startNanos = ticker.nanos();
    AuditLog.Reservation place = audit.reserve();
    if (place == null) {
      throw new RefusedException(new Refusal.AuditUnavailable(RETRY_AFTER));
    }
    T result;
    try {
      result = work.get();
    } catch (RuntimeException | Error e) {
      place.release();
      throw e;
    }
    place.record(
        new AuditEvent.AdministrativeChange(
            caller, action, resource.apply(result), Outcome.OK, ticker.nanos() - startNanos));
    return result;
  }

  /** A change that nobody asked for just now, such as the outcome of a deployment. */
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
