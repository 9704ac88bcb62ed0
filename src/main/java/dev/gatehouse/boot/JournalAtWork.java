package dev.gatehouse.boot;

import dev.gatehouse.audit.AccessJournal;
import dev.gatehouse.audit.Anchors;
import dev.gatehouse.audit.NoJournal;
import dev.gatehouse.audit.journal.GroupCommitJournal;
import dev.gatehouse.audit.journal.JournalSettings;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.metrics.AuditState;
import dev.gatehouse.metrics.GatewayMetrics;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The access journal of this process, and how it is; or that nothing is recorded. */
final class JournalAtWork implements AuditState, AutoCloseable {

  /** What the state is called where nothing is recorded. */
  static final String DISABLED = "DISABLED";

  private static final Logger LOG = Logger.getLogger(JournalAtWork.class);

  private final @Nullable GroupCommitJournal written;
  private final AccessJournal journal;

  private JournalAtWork(@Nullable GroupCommitJournal written) {
    this.written = written;
    this.journal = written == null ? new NoJournal() : written;
  }

  /**
   * Begins a journal.
   *
   * @throws ConfigurationException if it cannot be begun in the folder of the settings
   */
  static JournalAtWork open(
      JournalSettings settings,
      Anchors anchors,
      GatewayMetrics metrics,
      Ticker ticker,
      InstantSource clock) {
    try {
      return new JournalAtWork(
          GroupCommitJournal.open(
              settings,
              anchors,
              ticker,
              clock,
              (entries, bytes, nanos) -> metrics.auditCommitted(bytes, nanos)));
    } catch (IOException e) {
      // Without the cause, which would be shown with its stack instead of the message.
      throw new ConfigurationException(
          "gatehouse.audit.folder: no journal can be begun in " + settings.folder() + ": " + e);
    }
  }

  /** The action of the entry that says that a replica records no uses. */
  static final String DISABLED_ACTION = "journals.disabled";

  /** Records nothing, and says so. */
  static JournalAtWork disabled() {
    LOG.warn(
        "gatehouse.audit.journal-enabled is false: uses of models are NOT recorded, and nothing can"
            + " be proved afterwards");
    return new JournalAtWork(null);
  }

  /** Where uses are recorded. */
  AccessJournal journal() {
    return journal;
  }

  /** What it does with new uses. */
  String state() {
    return written == null ? DISABLED : written.health().state().name();
  }

  @Override
  public int backlog() {
    return written == null ? 0 : written.backlog();
  }

  @Override
  public long dropped() {
    return written == null ? 0 : written.dropped();
  }

  @Override
  public long commitFailures() {
    return written == null ? 0 : written.commitFailures();
  }

  @Override
  public Duration anchorLag() {
    return written == null ? Duration.ZERO : written.anchorLag();
  }

  @Override
  public int unanchoredSegments() {
    return written == null ? 0 : written.segmentsUnanchored();
  }

  @Override
  public int damagedJournals() {
    return written == null ? 0 : written.damaged().size();
  }

  @Override
  public boolean available() {
    return written == null || written.health().available();
  }

  /** Ends the journal; the control log must still be there, which is told of its end. */
  @Override
  public void close() {
    if (written != null) {
      written.close();
    }
  }
}
