package dev.gatehouse.abuse.response;

import dev.gatehouse.abuse.Alarm;
import dev.gatehouse.abuse.AlarmListener;
import dev.gatehouse.abuse.CallerRule;
import dev.gatehouse.abuse.CallerView;
import dev.gatehouse.abuse.Judge;
import dev.gatehouse.abuse.response.AlertCheck.Ignored;
import dev.gatehouse.abuse.response.Enforcement.Withheld;
import dev.gatehouse.abuse.response.Finding.Response;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.metrics.HandState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Turns alarms of this gateway and alerts of Prometheus into findings, and has the policy decide
 * about them.
 *
 * <p>One thread of its own, {@code gatehouse-hand}, does what needs the database; who brings
 * something only leaves it. Each time a finding is written it is looked at again in what this
 * gateway sees at that moment; only what holds there is confirmed, counts for the policy, and can
 * lead to a restriction. An alert that reached a gateway which does not see the caller stays
 * unconfirmed, and every replica looks at such findings once a second: whoever sees it confirms it.
 *
 * <p>While the database is away, alarms and alerts are kept up to their bounds, and then dropped
 * and counted; neither the watch nor the webhook waits for it.
 */
public final class Hand implements AlarmListener, AutoCloseable {

  /** Messages of Alertmanager that wait. */
  public static final int MESSAGES_MAX = 64;

  /** Alerts of a message that count; the rest is ignored. */
  public static final int ALERTS_MAX = 256;

  /** So long after it was found last, a finding can still be confirmed. */
  static final Duration CONFIRMED_WITHIN = Duration.ofMinutes(10);

  /** How often the findings are looked at that nobody has confirmed. */
  static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);

  /** How often old findings are forgotten, and what was ignored is told. */
  static final Duration UPKEEP_INTERVAL = Duration.ofMinutes(1);

  /** After a failure the database is left alone for that long. */
  static final Duration RETRY_INTERVAL = Duration.ofSeconds(1);

  private static final Duration END_MAX = Duration.ofSeconds(10);
  private static final Logger LOG = Logger.getLogger(Hand.class);

  private final Findings findings;
  private final Enforcement enforcement;
  private final ResponseSettings settings;
  private final Confirmation confirmation;
  private final Policy policy;
  private final AlertCheck check;
  private final InstantSource clock;
  private final Ticker ticker;
  private final HeardAlarms alarms = new HeardAlarms();
  private final BlockingQueue<Message> messages = new ArrayBlockingQueue<>(MESSAGES_MAX);
  private final HandHealth health;
  private final BlockingQueue<Boolean> bell = new ArrayBlockingQueue<>(1);
  private final AtomicBoolean started = new AtomicBoolean();
  private final Thread thread;
  private volatile boolean closing;

  /** Used by the thread alone, as the following. */
  private long lookNanos;

  private long upkeepNanos;
  private long retryNanos;

  /** Alerts of the first message that are done with. */
  private int reported;

  private record Message(List<AlertCheck.Verdict.Taken> alerts, long arriveNanos) {}

  /**
   * What a hand works with.
   *
   * @param findings where findings are kept
   * @param enforcement what is done above this room
   * @param views what this gateway sees of a caller now; safe for any thread
   * @param judge what the rules say of that; called by the hand's thread too, and so a function of
   *     the view alone
   * @param rules the rules that are about callers, by id
   * @param settings how to respond
   * @param clock wall time
   * @param ticker monotonic time
   */
  public record Parts(
      Findings findings,
      Enforcement enforcement,
      Function<CallerId, Optional<CallerView>> views,
      Judge judge,
      Function<String, Optional<CallerRule>> rules,
      ResponseSettings settings,
      InstantSource clock,
      Ticker ticker) {}

  /** A hand that does nothing until {@link #start}. */
  public Hand(Parts parts) {
    this.findings = parts.findings();
    this.enforcement = parts.enforcement();
    this.settings = parts.settings();
    this.confirmation = new Confirmation(parts.views(), parts.judge(), parts.rules());
    this.policy = new Policy(parts.rules(), parts.settings());
    this.check = new AlertCheck(parts.rules());
    this.clock = parts.clock();
    this.ticker = parts.ticker();
    this.health = new HandHealth(alarms, messages::size, ticker);
    this.thread = Thread.ofPlatform().name("gatehouse-hand").daemon(true).unstarted(this::run);
    this.lookNanos = ticker.nanos();
    this.upkeepNanos = ticker.nanos();
    this.retryNanos = ticker.nanos();
  }

  /** Begins to work. */
  public void start() {
    if (!started.getAndSet(true)) {
      thread.start();
    }
  }

  @Override
  public void alarm(Alarm alarm) {
    if (!Policy.NOBODY.contains(alarm.caller().value()) && alarms.hear(alarm, ticker.nanos())) {
      boolean ignored = bell.offer(true);
    }
  }

  /**
   * Takes what Alertmanager reports, or so much of it as counts; the rest is ignored and counted.
   *
   * @return false if too much waits already: then nothing of it was taken, and it may come again
   */
  public boolean report(List<ReportedAlert> reported) {
    Instant now = clock.instant();
    List<AlertCheck.Verdict> verdicts =
        reported.stream().map(alert -> check.check(alert, now)).toList();
    List<AlertCheck.Verdict.Taken> taken =
        verdicts.stream()
            .filter(AlertCheck.Verdict.Taken.class::isInstance)
            .map(AlertCheck.Verdict.Taken.class::cast)
            .limit(ALERTS_MAX)
            .toList();
    if (!taken.isEmpty() && !messages.offer(new Message(taken, ticker.nanos()))) {
      return false;
    }
    int rest = reported.size() - taken.size();
    for (AlertCheck.Verdict verdict : verdicts) {
      if (verdict instanceof AlertCheck.Verdict.NotTaken(Ignored why)) {
        health.ignore(why, 1);
        rest--;
      }
    }
    health.ignore(Ignored.TOO_MANY, rest);
    boolean ignored = bell.offer(true);
    return true;
  }

  /** How many reported alerts were ignored for that. */
  long ignored(Ignored why) {
    return health.ignored(why);
  }

  /** How it fares; asked by any thread. */
  public HandState health() {
    return health;
  }

  private void run() {
    while (!closing) {
      round();
      try {
        Boolean ignored = bell.poll(LOOK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        LOG.debug("nobody interrupts the hand but the end of the process");
      }
    }
    // What was taken in is not lost with an orderly end.
    round();
  }

  /** Those of whom alarms were heard in the last minutes. */
  public Set<CallerId> accused() {
    return alarms.callers();
  }

  /** Does what there is to do now; never throws. */
  void round() {
    if (ticker.nanos() - retryNanos < 0) {
      return;
    }
    try {
      alarms.due(ticker.nanos()).forEach(this::write);
      report();
      look();
      upkeep();
      // Between two attempts at an alarm that cannot be written there is nothing due.
      if (!alarms.failing()) {
        health.whole();
      }
    } catch (RuntimeException | Error e) {
      retryNanos = ticker.nanos() + RETRY_INTERVAL.toNanos();
      alarms.forget(ticker.nanos());
      health.failed(e);
    }
  }

  private void write(HeardAlarms.Key key) {
    NewFinding found = alarms.take(key, ticker.nanos());
    if (found == null) {
      return;
    }
    boolean done = false;
    try {
      enforcement.record(() -> Optional.of(findings.note(found))).ifPresent(this::decide);
      done = true;
    } finally {
      if (!done) {
        alarms.putBack(key, found, ticker.nanos());
      }
    }
  }

  /** A message that cannot be written whole stays, and goes on where it failed. */
  private void report() {
    Message message = messages.peek();
    while (message != null) {
      boolean late = ticker.nanos() - message.arriveNanos() > AlertCheck.WAIT_MAX.toNanos();
      while (reported < message.alerts().size()) {
        AlertCheck.Verdict.Taken alert = message.alerts().get(reported);
        if (late) {
          health.ignore(Ignored.STALE, 1);
        } else if (!enforcement.registered(alert.finding().caller())) {
          health.ignore(Ignored.CALLER_UNKNOWN, 1);
        } else {
          note(alert);
        }
        reported++;
      }
      reported = 0;
      Message ignored = messages.poll();
      message = messages.peek();
    }
  }

  private void note(AlertCheck.Verdict.Taken alert) {
    Optional<Noted> noted =
        enforcement.record(
            () -> findings.noteAlert(alert.fingerprint(), alert.startsAt(), alert.finding()));
    if (noted.isEmpty()) {
      health.ignore(Ignored.REPEATED, 1);
    } else {
      decide(noted.get());
    }
  }

  private void look() {
    if (ticker.nanos() - lookNanos < 0) {
      return;
    }
    Instant now = clock.instant();
    for (Finding finding : findings.unconfirmed(now.minus(CONFIRMED_WITHIN))) {
      if (confirmation.holds(finding, now)) {
        respond(finding, now);
      }
    }
    lookNanos = ticker.nanos() + LOOK_INTERVAL.toNanos();
  }

  private void decide(Noted noted) {
    Finding finding = noted.finding();
    if (noted.fresh()) {
      enforcement.made(finding);
    }
    Instant now = clock.instant();
    if (confirmation.holds(finding, now)) {
      respond(finding, now);
    } else if (noted.fresh()
        && policy.propose(finding, confirmed(finding, now), Set.of(), now).isPresent()) {
      enforcement.withheld(Withheld.UNCONFIRMED);
    }
  }

  private List<Finding> confirmed(Finding finding, Instant now) {
    return findings.confirmed(finding.caller(), now.minus(settings.corroborationWindow()));
  }

  /** Responds to a finding that is confirmed now. */
  private void respond(Finding finding, Instant now) {
    findings.confirm(finding, now);
    List<Finding> others = confirmed(finding, now);
    Optional<Proposal> proposal = policy.propose(finding, others, Set.of(), now);
    if (proposal.isEmpty()) {
      // What was done stays noted, though it would not be done again.
      if (finding.response() == Response.UNCONFIRMED) {
        settle(finding, Response.NONE, null, null);
      }
    } else if (settings.mode() == ResponseMode.ACT) {
      switch (enforcement.restrict(
          proposal.get(), excused -> policy.propose(finding, others, excused, now))) {
        case Enforcement.Outcome.Restricted(String restriction) ->
            settle(finding, Response.RESTRICTED, restriction, null);
        case Enforcement.Outcome.Limited() ->
            settle(finding, Response.LIMITED, null, Withheld.LIMIT);
        case Enforcement.Outcome.Spared() ->
            settle(finding, Response.SPARED, null, Withheld.SPARED);
        case Enforcement.Outcome.Released() ->
            settle(finding, Response.RELEASED, null, Withheld.RELEASED);
      }
    } else {
      settle(finding, Response.SHADOW, null, Withheld.SHADOW);
    }
  }

  /** Counts what was withheld once for a finding, whichever replica notes it. */
  private void settle(
      Finding finding, Response response, @Nullable String restriction, @Nullable Withheld why) {
    boolean same = finding.response() == response;
    if (same && (restriction == null || restriction.equals(finding.restriction()))) {
      return;
    }
    if (findings.settle(finding, response, restriction) && !same && why != null) {
      enforcement.withheld(why);
    }
  }

  private void upkeep() {
    if (ticker.nanos() - upkeepNanos < 0) {
      return;
    }
    alarms.forget(ticker.nanos());
    health.tell();
    findings.forget(clock.instant());
    upkeepNanos = ticker.nanos() + UPKEEP_INTERVAL.toNanos();
  }

  /** Ends the thread once it has done what waits, or what it is about if that takes long. */
  @Override
  public void close() {
    closing = true;
    boolean ignored = bell.offer(true);
    if (started.get()) {
      try {
        boolean ended = thread.join(END_MAX);
        if (!ended) {
          LOG.warn("The hand did not end in time");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
