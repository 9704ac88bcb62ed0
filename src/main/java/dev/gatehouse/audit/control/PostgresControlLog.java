package dev.gatehouse.audit.control;

import dev.gatehouse.audit.Anchors;
import dev.gatehouse.audit.AuditUnavailableException;
import dev.gatehouse.audit.ControlEvent;
import dev.gatehouse.audit.ControlLog;
import dev.gatehouse.audit.control.ControlTable.Entered;
import dev.gatehouse.audit.control.ControlTable.Node;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.merkle.Frontier;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.TreeHasher;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The control log in PostgreSQL. Appending costs two exchanges with the database beside the commit
 * that the change needs anyway.
 *
 * <p>Safe for any number of threads.
 */
public final class PostgresControlLog implements ControlLog, Anchors, AutoCloseable {

  /** How long the lock is waited for, and each statement may take. */
  public static final Duration WAIT_MAX = Duration.ofSeconds(5);

  /** The action of the entry that says how many offered events were not kept. */
  public static final String DROPPED = "controlLog.dropped";

  private static final Logger LOG = Logger.getLogger(PostgresControlLog.class);

  /** What may not differ between two anchors of a segment; the chain covers the bytes cut off. */
  private static final Set<Field> OF_SEGMENT =
      Set.of(Field.JOURNAL, Field.SEGMENT, Field.FIRST, Field.COUNT, Field.ROOT, Field.CHAIN);

  /** What may not differ between two ends of a journal. */
  private static final Set<Field> OF_END =
      Set.of(Field.JOURNAL, Field.SEGMENT, Field.COUNT, Field.CHAIN);

  private final DataSource database;
  private final Runnable pendingChanges;
  private final ControlLogSettings settings;
  private final InstantSource clock;
  private final Refusals refusals;

  /** What is wrong with what is stored; null as long as nothing is known to be. */
  private volatile @Nullable String inconsistency;

  private volatile boolean failing;

  /**
   * A log on a migrated database.
   *
   * @param database gives connections of the application's role; within a transaction of its
   *     manager, the one of that transaction
   * @param pendingChanges sends everything to the database that the current transaction has changed
   *     and not sent yet
   */
  public PostgresControlLog(
      DataSource database,
      Runnable pendingChanges,
      ControlLogSettings settings,
      InstantSource clock) {
    this.database = database;
    this.pendingChanges = pendingChanges;
    this.settings = settings;
    this.clock = clock;
    this.refusals = new Refusals(this::write, settings.replica());
  }

  /** Starts the thread that writes what is offered. */
  public void start() {
    refusals.start();
  }

  @Override
  public void append(ControlEvent event) {
    requireConsistent();
    // Not within the try: what is wrong with a change is not the log's doing.
    pendingChanges.run();
    Draft draft = Draft.change(now(), event, 1, settings.replica());
    try (Connection connection = database.getConnection()) {
      if (connection.getAutoCommit()) {
        throw new IllegalStateException("there is no transaction to append in");
      }
      add(connection, List.of(draft));
    } catch (SQLException e) {
      throw unavailable(e);
    }
  }

  /**
   * Writes an entry in a transaction of its own.
   *
   * @throws AuditUnavailableException if it cannot be written
   */
  public void write(ControlEvent event) {
    requireConsistent();
    try {
      own(
          connection ->
              add(connection, List.of(Draft.change(now(), event, 1, settings.replica()))));
    } catch (SQLException e) {
      throw unavailable(e);
    }
  }

  @Override
  public void offer(ControlEvent event) {
    refusals.offer(event, now());
  }

  @Override
  public List<Segment> anchoredSegments(String journal) {
    requireConsistent();
    try (Connection connection = database.getConnection()) {
      return KnownEntries.segments(connection, journal, WAIT_MAX);
    } catch (SQLException e) {
      throw unavailable(e);
    }
  }

  @Override
  public void opened(String journal) {
    addOnce(
        Draft.opened(now(), journal, settings.replica()),
        Set.of(),
        "kind = " + EntryKind.JOURNAL_OPENED.code() + " and journal = ?",
        journal);
  }

  @Override
  public void anchored(Segment segment) {
    addOnce(
        Draft.anchored(now(), segment, settings.replica()),
        OF_SEGMENT,
        "kind = " + EntryKind.SEGMENT_ANCHORED.code() + " and journal = ? and segment = ?",
        segment.journal(),
        segment.number());
  }

  @Override
  public void closed(String journal, long segments, long entries, Hash chain, boolean orderly) {
    addOnce(
        Draft.closed(now(), journal, segments, entries, chain, orderly, settings.replica()),
        OF_END,
        "kind = " + EntryKind.JOURNAL_CLOSED.code() + " and journal = ?",
        journal);
  }

  /**
   * A key is about to sign checkpoints; written once for each key, in a transaction of its own.
   *
   * @param verifierKey the public key, as a C2SP verifier key
   * @throws AuditUnavailableException if that cannot be written
   */
  public void keyUsed(String verifierKey) {
    // The text of an entry ends with the key: there are few of this kind.
    addOnce(
        Draft.keyUsed(now(), verifierKey, settings.replica()),
        Set.of(),
        "kind = " + EntryKind.KEY_USED.code() + " and position(convert_to(?, 'UTF8') in entry) > 0",
        verifierKey);
  }

  /**
   * What is stored was found to contradict what was signed: from now on nothing is written.
   *
   * @param what what is wrong, for people
   */
  public void refuseFromNowOn(String what) {
    inconsistency = what;
  }

  /** What is wrong with what is stored, or null as long as nothing is known to be. */
  public @Nullable String inconsistency() {
    return inconsistency;
  }

  /** How many offered events were not kept. */
  public long dropped() {
    return refusals.dropped();
  }

  /** Ends the thread after it has written what was offered, if that can be done soon. */
  @Override
  public void close() {
    refusals.close();
  }

  private void write(List<Draft> drafts, long dropped) throws SQLException {
    requireConsistent();
    List<Draft> all = new ArrayList<>(drafts);
    if (dropped > 0) {
      ControlEvent event = new ControlEvent(null, DROPPED, "", null, ControlEvent.FAILED, 0, null);
      all.add(Draft.change(now(), event, dropped, settings.replica()));
    }
    if (!all.isEmpty()) {
      own(connection -> add(connection, all));
    }
  }

  /** Adds it unless there is one already, of which {@code same} must then be equal. */
  private void addOnce(Draft draft, Set<Field> same, String found, Object... parameters) {
    requireConsistent();
    try {
      own(
          connection -> {
            Frontier edge = lock(connection);
            Entry known = KnownEntries.first(connection, found, parameters);
            if (known == null) {
              add(connection, edge, List.of(draft));
            } else {
              KnownEntries.requireSame(known, draft, same);
            }
          });
    } catch (SQLException e) {
      throw unavailable(e);
    }
  }

  /** Work in a transaction of its own. */
  private interface Work {
    void run(Connection connection) throws SQLException;
  }

  private void own(Work work) throws SQLException {
    try (Connection connection = database.getConnection()) {
      if (!connection.getAutoCommit()) {
        throw new IllegalStateException("there is a transaction already");
      }
      connection.setAutoCommit(false);
      boolean done = false;
      try {
        work.run(connection);
        connection.commit();
        done = true;
      } finally {
        if (!done) {
          rollback(connection);
        }
        connection.setAutoCommit(true);
      }
    }
  }

  private static void rollback(Connection connection) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      LOG.debugf("not rolled back: %s", e.toString());
    }
  }

  private static Frontier lock(Connection connection) throws SQLException {
    return ControlTable.lockAndReadEdge(connection, WAIT_MAX, new TreeHasher());
  }

  private void add(Connection connection, List<Draft> drafts) throws SQLException {
    add(connection, lock(connection), drafts);
  }

  private void add(Connection connection, Frontier edge, List<Draft> drafts) throws SQLException {
    List<Draft> all = new ArrayList<>(drafts);
    if (edge.size() == 0) {
      all.addFirst(Draft.begun(now(), settings.origin()));
    }
    TreeHasher hasher = new TreeHasher();
    ByteBuffer buffer = ByteBuffer.allocate(EntryCodec.BYTES_MAX);
    List<Entered> entries = new ArrayList<>(all.size());
    List<Node> nodes = new ArrayList<>(2 * all.size());
    for (Draft draft : all) {
      byte[] bytes = draft.at(edge.size(), buffer);
      entries.add(new Entered(ControlRow.of(bytes), bytes));
      edge.append(
          hasher.leaf(bytes), (level, index, root) -> nodes.add(new Node(level, index, root)));
    }
    ControlTable.insert(connection, entries, nodes);
    failing = false;
  }

  private void requireConsistent() {
    String wrong = inconsistency;
    if (wrong != null) {
      throw new AuditUnavailableException("the control log is inconsistent: " + wrong);
    }
  }

  /** Logged once until something can be written again: who needs the log tries again and again. */
  private AuditUnavailableException unavailable(SQLException cause) {
    if (!failing) {
      failing = true;
      LOG.warnf("the control log cannot be written: %s", cause.toString());
    }
    return new AuditUnavailableException("the control log cannot be written", cause);
  }

  private long now() {
    return EntryCodec.micros(clock.instant());
  }
}
