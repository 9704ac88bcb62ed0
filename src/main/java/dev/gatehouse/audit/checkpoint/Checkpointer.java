package dev.gatehouse.audit.checkpoint;

import dev.gatehouse.audit.AuditUnavailableException;
import dev.gatehouse.audit.control.ControlLogReader;
import dev.gatehouse.audit.control.PostgresControlLog;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.keys.SigningKey;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Signs what the control log is, whenever it has grown enough or some time has passed, unless it
 * contradicts what was signed before; then nothing is signed and nothing appended any more.
 *
 * <p>A checkpoint goes to the folder first, which is what is compared with after a restart, and
 * only when it is there to the others. Each of those gets the newest one, again and again until it
 * has taken it.
 *
 * <p>Safe for any number of threads; one thread of its own does everything.
 */
public final class Checkpointer implements AutoCloseable {

  /** How often the log is looked at. */
  static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);

  /** The longest time between two attempts to write to a sink that fails. */
  static final Duration RETRY_DELAY_MAX = Duration.ofMinutes(1);

  /** How long {@link #latest} waits for the thread. */
  static final Duration ON_DEMAND_WAIT_MAX = Duration.ofSeconds(10);

  /** Older entries are looked at once in so many looks. */
  private static final int SCRUB_EVERY = 10;

  private static final Logger LOG = Logger.getLogger(Checkpointer.class);
  private static final String THREAD_NAME = "gatehouse-checkpoints";
  private static final Duration CLOSE_WAIT_MAX = Duration.ofSeconds(15);

  private final CheckpointSettings settings;
  private final SigningKey key;
  private final VerifierKey verifierKey;
  private final PostgresControlLog log;
  private final LogCheck check;
  private final ControlLogReader reader;
  private final FileCheckpointSink folder;
  private final OtherReplicas replicas;
  private final List<Delivery> others = new ArrayList<>();
  private final Map<String, Long> failures = new ConcurrentHashMap<>();
  private final Ticker ticker;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name(THREAD_NAME).daemon(true).factory());

  /** What was signed last; null before anything was. Written by the thread alone. */
  private volatile FileCheckpointSink.@Nullable Signed last;

  private volatile long entries;

  /** When every entry was last known to be covered by a checkpoint in the folder. */
  private volatile long coveredNanos;

  /** Used by the thread alone. */
  private boolean keyTold;

  /** Used by the thread alone. */
  private long looks;

  /** Used by the thread alone. Whether others' checkpoints have been compared since the start. */
  private boolean compared;

  /** Used by the thread alone; so that a failure which lasts is logged once. */
  private boolean failing;

  /**
   * Takes up where the folder ends.
   *
   * @param origin the name of the log
   * @param folder gets each checkpoint first
   * @param others get the newest
   * @throws IOException if the folder cannot be read
   */
  public Checkpointer(
      String origin,
      CheckpointSettings settings,
      SigningKey key,
      PostgresControlLog log,
      ControlLogReader reader,
      FileCheckpointSink folder,
      List<CheckpointSink> others,
      Ticker ticker)
      throws IOException {
    this.settings = settings;
    this.key = key;
    this.verifierKey = new VerifierKey(origin, key.publicKey());
    this.log = log;
    this.reader = reader;
    this.check = new LogCheck(reader);
    this.folder = folder;
    this.replicas = new OtherReplicas(verifierKey, reader, check, folder);
    this.ticker = ticker;
    this.coveredNanos = ticker.nanos();
    this.last = folder.latest(verifierKey).orElse(null);
    failures.put(folder.name(), 0L);
    for (CheckpointSink sink : others) {
      this.others.add(new Delivery(sink));
      failures.put(sink.name(), 0L);
    }
  }

  /** A sink that gets the newest checkpoint. Used by the thread alone. */
  private final class Delivery {
    private final CheckpointSink sink;
    private long keptSize = -1;
    private long retryNanos;
    private long delayNanos;

    Delivery(CheckpointSink sink) {
      this.sink = sink;
    }

    void deliver(FileCheckpointSink.Signed newest) {
      if (newest.checkpoint().size() == keptSize
          || (delayNanos > 0 && ticker.nanos() - retryNanos < 0)) {
        return;
      }
      try {
        sink.keep(newest.checkpoint(), newest.note());
        keptSize = newest.checkpoint().size();
        if (delayNanos > 0) {
          LOG.infof("checkpoints can be written to %s again", sink.name());
        }
        delayNanos = 0;
      } catch (IOException | RuntimeException e) {
        failed(sink, e, delayNanos == 0);
        judge(e, newest.checkpoint());
        delayNanos = Math.clamp(2 * delayNanos, LOOK_INTERVAL.toNanos(), RETRY_DELAY_MAX.toNanos());
        retryNanos = ticker.nanos() + delayNanos;
      }
    }
  }

  /**
   * Begins to look at the log, and waits until that was done once if it can be done soon: what was
   * found to be changed before a restart is known again before anything is appended.
   */
  public void start() {
    LOG.infof("checkpoints are signed with %s", verifierKey);
    try {
      FileCheckpointSink.Signed unused =
          thread
              .submit(() -> look(false))
              .get(ON_DEMAND_WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warnf("the control log was not looked at before the start: %s", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    long millis = LOOK_INTERVAL.toMillis();
    var ignored =
        thread.scheduleWithFixedDelay(() -> look(false), millis, millis, TimeUnit.MILLISECONDS);
  }

  /** The public key of the checkpoints, for who verifies them. */
  public VerifierKey verifierKey() {
    return verifierKey;
  }

  /**
   * A checkpoint of the log as it is now.
   *
   * @throws AuditUnavailableException if none can be signed
   */
  public SignedNote latest() {
    Future<FileCheckpointSink.@Nullable Signed> looking = null;
    try {
      looking = thread.submit(() -> look(true));
      FileCheckpointSink.Signed newest =
          looking.get(ON_DEMAND_WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS);
      if (newest == null || log.inconsistency() != null || failing()) {
        throw new AuditUnavailableException("no checkpoint can be signed");
      }
      return newest.note();
    } catch (ExecutionException | TimeoutException | RejectedExecutionException e) {
      throw new AuditUnavailableException("no checkpoint can be signed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AuditUnavailableException("interrupted", e);
    } finally {
      if (looking != null) {
        // One that has not begun is not to wait in the queue for nobody.
        boolean unused = looking.cancel(false);
      }
    }
  }

  /** How many entries the log had when it was last looked at. */
  public long entries() {
    return entries;
  }

  /**
   * How long there have been entries that no checkpoint covers; almost nothing if there are none.
   */
  public Duration age() {
    return Duration.ofNanos(Math.max(0, ticker.nanos() - coveredNanos));
  }

  /** How often each sink has failed, by its name. */
  public Map<String, Long> failures() {
    return Map.copyOf(failures);
  }

  // Nothing may end the thread's schedule, so that nothing is thrown here.
  private FileCheckpointSink.@Nullable Signed look(boolean now) {
    try {
      long size = reader.size();
      entries = size;
      FileCheckpointSink.Signed before = last;
      // First, so that nothing is signed on top of what is found to be changed.
      if (now || looks++ % SCRUB_EVERY == 0) {
        check.scrub(size, before == null ? null : before.checkpoint());
      }
      boolean due = due(size, now);
      if (!compared || due) {
        replicas.compare(before == null ? 0 : before.checkpoint().size());
        compared = true;
      }
      if (log.inconsistency() == null && due) {
        sign(size);
      }
      FileCheckpointSink.Signed after = last;
      if (after != null && after.checkpoint().size() == size) {
        coveredNanos = ticker.nanos();
      }
      failing = false;
    } catch (InconsistentLogException e) {
      inconsistent(e);
    } catch (IOException e) {
      failed(folder, e, !failing);
      failing = true;
    } catch (RuntimeException | Error e) {
      if (!failing) {
        LOG.warnf("no checkpoint could be made: %s", e.toString());
      }
      failing = true;
    }
    FileCheckpointSink.Signed newest = last;
    if (newest != null) {
      others.forEach(other -> other.deliver(newest));
    }
    return newest;
  }

  private boolean due(long size, boolean now) {
    FileCheckpointSink.Signed before = last;
    long signed = before == null ? 0 : before.checkpoint().size();
    return size < signed
        || size - signed >= settings.entriesMax()
        || size > signed && (now || ticker.nanos() - coveredNanos >= settings.interval().toNanos());
  }

  private void sign(long size) throws IOException, InconsistentLogException {
    FileCheckpointSink.Signed before = last;
    Checkpoint signed = before == null ? null : before.checkpoint();
    Hash root = check.rootOf(size, signed);
    if (!keyTold) {
      log.keyUsed(verifierKey.toString());
      keyTold = true;
    }
    Checkpoint checkpoint = new Checkpoint(verifierKey.name(), size, root);
    SignedNote note = checkpoint.sign(key, verifierKey);
    keep(checkpoint, note);
    last = new FileCheckpointSink.Signed(checkpoint, note);
  }

  private void keep(Checkpoint checkpoint, SignedNote note)
      throws IOException, InconsistentLogException {
    try {
      folder.keep(checkpoint, note);
    } catch (OtherCheckpointException e) {
      replicas.judge(e, checkpoint);
      throw e;
    }
  }

  /** What a sink holds that refused a checkpoint may prove that the log was forked. */
  private void judge(Exception refused, Checkpoint mine) {
    if (refused instanceof OtherCheckpointException other) {
      try {
        replicas.judge(other, mine);
      } catch (InconsistentLogException e) {
        inconsistent(e);
      }
    }
  }

  private void inconsistent(InconsistentLogException e) {
    if (log.inconsistency() == null) {
      LOG.errorf(
          "THE CONTROL LOG HAS BEEN CHANGED: %s. Nothing is appended to it or signed from now on",
          e.problem());
    }
    log.refuseFromNowOn(e.problem());
  }

  private void failed(CheckpointSink sink, Exception failure, boolean first) {
    failures.merge(sink.name(), 1L, Long::sum);
    if (first) {
      LOG.warnf("a checkpoint cannot be written to %s: %s", sink.name(), failure.toString());
    }
  }

  private boolean failing() throws InterruptedException, ExecutionException, TimeoutException {
    return thread.submit(() -> failing).get(ON_DEMAND_WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Signs once more what there is, if it can be done soon, and ends. */
  @Override
  public void close() {
    try {
      var ignored = thread.submit(() -> look(true));
      thread.shutdown();
      if (!thread.awaitTermination(CLOSE_WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        List<Runnable> unused = thread.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
