package dev.gatehouse.boot;

import dev.gatehouse.audit.checkpoint.CheckpointSettings;
import dev.gatehouse.audit.checkpoint.CheckpointSink;
import dev.gatehouse.audit.checkpoint.Checkpointer;
import dev.gatehouse.audit.checkpoint.FileCheckpointSink;
import dev.gatehouse.audit.checkpoint.HttpCheckpointSink;
import dev.gatehouse.audit.control.ControlLogReader;
import dev.gatehouse.audit.control.ControlLogSettings;
import dev.gatehouse.audit.control.DatabaseRights;
import dev.gatehouse.audit.control.PostgresControlLog;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.keys.KeyFileException;
import dev.gatehouse.keys.SigningKey;
import dev.gatehouse.metrics.ControlLogState;
import dev.gatehouse.registry.ReplicaId;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.jboss.logging.Logger;

/** The control log with its checkpoints, and how they are. */
final class ControlLogAtWork implements ControlLogState, AutoCloseable {

  private static final Logger LOG = Logger.getLogger(ControlLogAtWork.class);

  private final PostgresControlLog log;
  private final ControlLogReader reader;
  private final Checkpointer checkpointer;
  private final List<HttpCheckpointSink> servers;
  private final boolean sharedRole;

  private ControlLogAtWork(
      PostgresControlLog log,
      ControlLogReader reader,
      Checkpointer checkpointer,
      List<HttpCheckpointSink> servers,
      boolean sharedRole) {
    this.log = log;
    this.reader = reader;
    this.checkpointer = checkpointer;
    this.servers = servers;
    this.sharedRole = sharedRole;
  }

  /**
   * Opens the log on a migrated database and begins to sign it.
   *
   * @param pendingChanges sends everything to the database that the current transaction has changed
   * @throws ConfigurationException if the role of the database could change it, or the key or the
   *     folder of checkpoints cannot be used
   */
  static ControlLogAtWork open(
      AuditConfig config,
      DataSource database,
      Runnable pendingChanges,
      ReplicaId replica,
      InstantSource clock,
      Ticker ticker) {
    boolean shared = sharedRole(config, database);
    AuditConfig.Checkpoints settings = config.checkpoint();
    PostgresControlLog log =
        new PostgresControlLog(
            database,
            pendingChanges,
            new ControlLogSettings(settings.origin(), replica.value()),
            clock);
    ControlLogReader reader = new ControlLogReader(database);
    List<HttpCheckpointSink> servers =
        settings.url().stream()
            .map(url -> new HttpCheckpointSink(url, settings.urlTokenFile()))
            .toList();
    try {
      Checkpointer checkpointer =
          new Checkpointer(
              settings.origin(),
              new CheckpointSettings(settings.entriesMax(), settings.interval()),
              SigningKey.open(settings.keyFile(), settings.create()),
              log,
              reader,
              FileCheckpointSink.open(settings.folder()),
              List.<CheckpointSink>copyOf(servers),
              ticker);
      log.start();
      checkpointer.start();
      return new ControlLogAtWork(log, reader, checkpointer, servers, shared);
    } catch (KeyFileException e) {
      // Without the cause, which would be shown with its stack instead of the message.
      throw new ConfigurationException("gatehouse.audit.checkpoint.key-file: " + e.getMessage());
    } catch (IOException e) {
      throw new ConfigurationException(
          "gatehouse.audit.checkpoint.folder: " + settings.folder() + " cannot be used: " + e);
    }
  }

  private static boolean sharedRole(AuditConfig config, DataSource database) {
    List<String> problems;
    try {
      problems = DatabaseRights.problems(database);
    } catch (SQLException e) {
      throw new IllegalStateException("the rights of the database's user cannot be read", e);
    }
    if (problems.isEmpty()) {
      return false;
    }
    String words =
        "gatehouse.database.username: the gateway could change what it has recorded, since its role "
            + String.join("; ", problems);
    if (!config.allowSharedDatabaseRole()) {
      throw new ConfigurationException(
          words
              + ". Give it a role that owns nothing, and set gatehouse.database.owner.username to"
              + " the one that does (docs/security/audit.md, Setting up); or, for a trial,"
              + " gatehouse.audit.allow-shared-database-role=true");
    }
    LOG.warnf("%s. The record proves nothing against who has that role", words);
    return true;
  }

  /** Where changes are recorded. */
  PostgresControlLog log() {
    return log;
  }

  /** What is recorded. */
  ControlLogReader reader() {
    return reader;
  }

  /** What signs it. */
  Checkpointer checkpointer() {
    return checkpointer;
  }

  /** Whether the gateway's own role could change what is recorded. */
  boolean sharedRole() {
    return sharedRole;
  }

  @Override
  public long entries() {
    return checkpointer.entries();
  }

  @Override
  public long dropped() {
    return log.dropped();
  }

  @Override
  public boolean consistent() {
    return log.inconsistency() == null;
  }

  @Override
  public Duration checkpointAge() {
    return checkpointer.age();
  }

  @Override
  public Map<String, Long> checkpointFailures() {
    return checkpointer.failures();
  }

  /** Writes what waits and signs it, if that can be done soon. */
  @Override
  public void close() {
    log.close();
    checkpointer.close();
    servers.forEach(HttpCheckpointSink::close);
  }
}
