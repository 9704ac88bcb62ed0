package dev.gatehouse.metrics;

import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.QuotaKind;
import dev.gatehouse.core.Restraint;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.core.VersionId;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.Collection;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The meters of the gateway. There must be one instance a registry.
 *
 * <p>Safe for any number of threads. Counting allocates nothing and takes no lock, but on the first
 * use of a series.
 */
public final class GatewayMetrics {

  private static final AuthenticationFailure[] FAILURES = AuthenticationFailure.values();

  private final MeterRegistry registry;
  private final Ticker ticker;
  private final long roundNanos;
  private final ModelTable models;
  private final CallerSlots callers;
  private final QuotaSeries quotas;
  private final AuditSeries audit;
  private final WatchSeries watch;
  private final Series[] authenticationFailures = new Series[FAILURES.length];

  /** The reading of the ticker at the last round. */
  private final AtomicLong roundAt;

  /** Registers what has no label of its own in {@code registry}. */
  public GatewayMetrics(MeterRegistry registry, MetricsSettings settings, Ticker ticker) {
    this.registry = registry;
    this.ticker = ticker;
    this.roundNanos = settings.roundDuration().toNanos();
    this.roundAt = new AtomicLong(ticker.nanos());
    this.models = new ModelTable(registry, settings.modelVersionsMax(), this::modelGone);
    this.callers =
        new CallerSlots(
            registry,
            settings.callerSlotsMax(),
            new PairBudget(settings.callerModelPairsMax(), models::shows));
    this.quotas = new QuotaSeries(registry);
    this.audit = new AuditSeries(registry);
    this.watch = new WatchSeries(registry);
    for (AuthenticationFailure failure : FAILURES) {
      authenticationFailures[failure.ordinal()] =
          new Series(registry, CounterName.AUTH_FAILURES, Tags.of("reason", failure.name()));
    }
  }

  /**
   * Counts a call that has ended.
   *
   * @param caller who called, or null if it is not registered
   * @param outcome how it ended
   * @param requestBytes the bytes of its request, 0 if none were read
   */
  public void callEnded(@Nullable CallerId caller, Outcome outcome, long requestBytes) {
    CallerSeries series = caller == null ? callers.unregistered() : callers.called(caller);
    if (!series.addRequest(outcome)) {
      callers.other().addRequest(outcome);
    }
    count(series, CounterName.CALLER_REQUEST_BYTES, requestBytes);
  }

  /** Counts {@code rows} rows that {@code model} answered to {@code caller}. */
  public void rowsServed(CallerId caller, ModelName model, long rows) {
    count(callers.of(caller), CounterName.CALLER_ROWS, model, rows);
  }

  /** Counts {@code nanos} of a device's time as the share of {@code caller}. */
  public void computeSpent(CallerId caller, long nanos) {
    count(callers.of(caller), CounterName.CALLER_COMPUTE_SECONDS, nanos);
  }

  /**
   * Opens the meters of a version; it may be open several times, as may other versions of the
   * model.
   *
   * @param queue what its queue holds; asked until the meters are closed
   */
  public ModelMeters model(ModelName model, VersionId version, QueueState queue) {
    return models.open(model, version, queue);
  }

  /** Counts a credential that was not accepted. */
  public void authenticationFailed(AuthenticationFailure failure) {
    authenticationFailures[failure.ordinal()].add(1);
  }

  /** Counts a call that was refused because a quota of its grant is spent. */
  public void quotaRefused(QuotaKind kind) {
    quotas.refused(kind);
  }

  /** Counts an exchange of {@code nanos} with the buckets of quotas that replicas share. */
  public void quotaLeaseEnded(long nanos, boolean failed) {
    quotas.leaseEnded(nanos, failed);
  }

  /** Counts a use of a model that was not recorded, which its model allows. */
  public void auditUnrecorded() {
    audit.unrecorded();
  }

  /** Counts a commit of the access journal of so many bytes, which took {@code nanos}. */
  public void auditCommitted(long bytes, long nanos) {
    audit.committed(bytes, nanos);
  }

  /** Shows whether uses can be recorded, and what waits to be. */
  public void showAudit(AuditState state) {
    gauge("gatehouse.audit.backlog", "Places taken in the audit backlog", state::backlog);
    counter("gatehouse.audit.dropped", "Audit entries that were not kept", state::dropped);
    counter(
        "gatehouse.audit.commit.failures",
        "Commits of the access journal that failed",
        state::commitFailures);
    gauge(
        "gatehouse.audit.anchor.lag.seconds",
        "Age of the oldest entry that no anchor covers",
        () -> state.anchorLag().toNanos() / 1e9);
    gauge(
        "gatehouse.audit.unanchored.segments",
        "Segments of the journal that are closed and not anchored",
        state::unanchoredSegments);
    gauge(
        "gatehouse.audit.damaged.journals",
        "Journals of dead processes that are not as they were written",
        state::damagedJournals);
    gauge(
        "gatehouse.audit.available",
        "Whether uses can be recorded",
        () -> state.available() ? 1 : 0);
  }

  /** Shows the size of the control log, and how it fares with its checkpoints. */
  public void showControlLog(ControlLogState state) {
    gauge("gatehouse.audit.control.entries", "Entries of the control log", state::entries);
    counter(
        "gatehouse.audit.control.dropped",
        "Refused administrative calls that were not kept",
        state::dropped);
    gauge(
        "gatehouse.audit.control.log.consistent",
        "Whether the control log contains what was signed before",
        () -> state.consistent() ? 1 : 0);
    gauge(
        "gatehouse.audit.checkpoint.age.seconds",
        "How long there have been entries that no checkpoint covers",
        () -> state.checkpointAge().toNanos() / 1e9);
    for (String sink : state.checkpointFailures().keySet()) {
      counting(
              "gatehouse.audit.checkpoint.failures",
              () -> state.checkpointFailures().getOrDefault(sink, 0L))
          .tag("sink", sink)
          .description("Checkpoints that could not be written")
          .register(registry);
    }
  }

  /** Shows the age of the snapshot from which access is decided. */
  public void showAccessSnapshotAge(Supplier<Duration> age) {
    gauge(
        "gatehouse.access.snapshot.age.seconds",
        "Age of the snapshot from which access is decided",
        () -> age.get().toNanos() / 1e9);
  }

  /**
   * Shows whether changes of other replicas are listened for, the notifications of changes that
   * came, and the polls that found a change which no notification had told.
   */
  public void showChanges(
      BooleanSupplier listening, LongSupplier notifications, LongSupplier missed) {
    gauge(
        "gatehouse.changes.listening",
        "Whether notifications of changes are listened for",
        () -> listening.getAsBoolean() ? 1 : 0);
    counter("gatehouse.changes.notifications", "Notifications of changes that came", notifications);
    counter(
        "gatehouse.changes.missed.notifications",
        "Changes that a poll found and no notification told",
        missed);
  }

  /** Shows how many replicas live, and how many ready versions cannot be loaded by this one. */
  public void showReplicas(IntSupplier alive, IntSupplier failedHere) {
    gauge("gatehouse.replicas.alive", "Replicas that live", alive::getAsInt);
    gauge(
        "gatehouse.replica.failed.versions",
        "Ready versions that cannot be loaded here",
        failedHere::getAsInt);
  }

  /** Shows how old the token issuer's keys are, and whether tokens can be checked with them. */
  public void showIdentityKeys(Supplier<Duration> age, BooleanSupplier usable) {
    gauge(
        "gatehouse.identity.keys.age.seconds",
        "Age of the token issuer's keys",
        () -> age.get().toNanos() / 1e9);
    gauge(
        "gatehouse.identity.keys.usable",
        "Whether tokens can be checked",
        () -> usable.getAsBoolean() ? 1 : 0);
  }

  /** Shows how long ago the identity provider last said which tokens are too old. */
  public void showNotBeforeAge(Supplier<Duration> age) {
    gauge(
        "gatehouse.identity.not.before.age.seconds",
        "Time since the identity provider said which tokens are too old",
        () -> age.get().toNanos() / 1e9);
  }

  /**
   * Shows how many differences of one kind there are between identity provider and registrations.
   *
   * @param kind its name, one of a fixed set
   */
  public void showIdentityDrift(String kind, IntSupplier drifts) {
    Gauge.builder("gatehouse.identity.drift", drifts::getAsInt)
        .tags(Tags.of("kind", kind))
        .description("Differences between identity provider and registrations")
        .register(registry);
  }

  /**
   * Has these callers, and no others, shown under their own id however little they call, from one
   * of the next rounds on; at most half as many as there are slots.
   */
  public void pinCallers(Collection<CallerId> pinned) {
    callers.pin(pinned);
  }

  /**
   * Shows what a caller's traffic looked like at its last reading, and counts what came since the
   * reading before.
   */
  public void trafficSeen(CallerId caller, TrafficSeen seen) {
    CallerSeries series = callers.of(caller);
    count(series, CounterName.CALLER_NEW_NETWORKS, seen.newNetworks());
    count(series, CounterName.CALLER_OFF_HOURS_REQUESTS, seen.offHours());
    count(series, CounterName.CALLER_UNKNOWN_MODELS, seen.unknownModels());
    series.show(seen);
  }

  /**
   * Shows what the rows of a caller to a model looked like at their last reading, and counts what
   * came since the reading before.
   */
  public void contentSeen(CallerId caller, ModelName model, ContentSeen seen) {
    CallerSeries series = callers.of(caller);
    count(series, CounterName.ABUSE_OBSERVED_ROWS, model, seen.observedRows());
    count(series, CounterName.ABUSE_NEAR_DUPLICATE_ROWS, model, seen.nearDuplicateRows());
    count(series, CounterName.ABUSE_LOW_MARGIN_ROWS, model, seen.lowMarginRows());
    count(series, CounterName.ABUSE_NOVEL_ROWS, model, seen.novelRows());
    series.show(model, seen);
  }

  /** Counts observations that were not looked at, because too many came. */
  public void observationsDropped(long count) {
    watch.dropped(count);
  }

  /**
   * Shows the findings of a rule from now on, also while there are none, so that the first is seen
   * as an increment.
   *
   * @param rule the rule's id, one of a fixed set
   * @param severity its severity in lower case
   */
  public void showFindings(String rule, String severity) {
    watch.showFound(rule, severity);
  }

  /**
   * Counts a finding.
   *
   * @param rule the rule's id, one of a fixed set; after 64 of them others count as {@code other}
   * @param severity its severity in lower case, {@code warning} or {@code critical}; any other
   *     counts as {@code other}
   * @param source who found it, {@code gateway} or {@code alertmanager}; any other counts as {@code
   *     other}
   */
  public void findingMade(String rule, String severity, String source) {
    watch.found(rule, severity, source, 1);
  }

  /**
   * Counts a restriction that the policy would have made and did not.
   *
   * @param cause why not, one of a fixed set: {@code shadow}, {@code unconfirmed}, {@code limit},
   *     {@code spared}, {@code released}; any other counts as {@code other}
   */
  public void responseWithheld(String cause) {
    watch.withheld(cause);
  }

  /** Shows whether findings can be written, and what waits to be. */
  public void showHand(HandState state) {
    gauge(
        "gatehouse.abuse.waiting.alarms", "Alarms that are not written yet", state::waitingAlarms);
    gauge(
        "gatehouse.abuse.waiting.messages",
        "Messages of Alertmanager that are not written yet",
        state::waitingMessages);
    counter("gatehouse.abuse.dropped.alarms", "Alarms that were dropped", state::droppedAlarms);
    gauge(
        "gatehouse.abuse.findings.available",
        "Whether findings can be written",
        () -> state.available() ? 1 : 0);
    gauge(
        "gatehouse.abuse.findings.round.age.seconds",
        "Time since all that was due was written and decided",
        () -> state.roundAge().toNanos() / 1e9);
    for (String why : state.ignoredAlerts().keySet()) {
      counting("gatehouse.abuse.ignored.alerts", () -> state.ignoredAlerts().getOrDefault(why, 0L))
          .tag("reason", why)
          .description("Alerts of Alertmanager that were ignored")
          .register(registry);
    }
  }

  /** Shows how many callers are restricted, by the strictest restraint of each. */
  public void showRestricted(ToIntFunction<Restraint> callers) {
    for (Restraint restraint : Restraint.values()) {
      Gauge.builder("gatehouse.callers.restricted", () -> callers.applyAsInt(restraint))
          .tag("standing", restraint.name().toLowerCase(Locale.ROOT))
          .description("Callers that are restricted")
          .register(registry);
    }
  }

  /** Shows the tensors that executions have not released. */
  public void showLiveTensors(IntSupplier tensors) {
    gauge("gatehouse.engine.live.tensors", "Tensors not yet released", tensors::getAsInt);
  }

  /** Shows the bytes of requests that are held, of all connections. */
  public void showInboundBytes(LongSupplier bytes) {
    gauge("gatehouse.inbound.bytes", "Bytes of requests that are held", bytes::getAsLong);
  }

  /** Shows the memory outside the heap that buffers of Java and of the transport take. */
  public void showDirectMemory(LongSupplier bytes) {
    gauge("gatehouse.direct.memory.bytes", "Memory of buffers off the heap", bytes::getAsLong);
  }

  /**
   * Makes one round of slot exchanges if the last was at least {@link
   * MetricsSettings#roundDuration} ago, else nothing; its owner calls it from a timer, as often as
   * it likes.
   */
  public void maintain() {
    long last = roundAt.get();
    long now = ticker.nanos();
    if (now - last >= roundNanos && roundAt.compareAndSet(last, now)) {
      callers.maintain();
    }
  }

  private void count(CallerSeries series, CounterName name, long amount) {
    if (!series.add(name, amount)) {
      callers.other().add(name, amount);
    }
  }

  private void count(CallerSeries series, CounterName name, ModelName model, long amount) {
    if (!series.add(name, model, amount)) {
      callers.other().add(name, model, amount);
    }
  }

  private void counter(String name, String description, LongSupplier count) {
    counting(name, count).description(description).register(registry);
  }

  /** The registry holds {@code count} only weakly; the function is what holds it for good. */
  private static FunctionCounter.Builder<LongSupplier> counting(String name, LongSupplier count) {
    return FunctionCounter.builder(name, count, same -> count.getAsLong());
  }

  private void gauge(String name, String description, Supplier<Number> value) {
    Gauge.builder(name, value).description(description).register(registry);
  }

  private void modelGone(ModelName model) {
    callers.forget(model);
  }
}
