package dev.gatehouse.boot;

import dev.gatehouse.abuse.Alarm;
import dev.gatehouse.abuse.CallerView;
import dev.gatehouse.abuse.response.Enforcement;
import dev.gatehouse.abuse.response.Findings;
import dev.gatehouse.abuse.response.Hand;
import dev.gatehouse.abuse.response.ReportedAlert;
import dev.gatehouse.abuse.response.ResponseSettings;
import dev.gatehouse.abuse.rules.CallerRules;
import dev.gatehouse.abuse.rules.RuleBook;
import dev.gatehouse.abuse.watch.CallObserver;
import dev.gatehouse.abuse.watch.Watch;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.metrics.GatewayMetrics;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The watch over callers, and the hand that acts on what it finds. The watch comes first, since the
 * use cases tell it what they do; the hand comes after them, since it acts through them.
 */
final class WatchAtWork implements AutoCloseable {

  private static final Comparator<CallerId> BY_ID = Comparator.comparing(CallerId::value);

  private final CallerRules rules;
  private final ResponseSettings settings;
  private final GatewayMetrics metrics;
  private final Ticker ticker;
  private final InstantSource clock;

  /** Null if nobody is watched. */
  private final @Nullable Watch watch;

  /** Set once, by the starting thread. */
  private volatile @Nullable Hand hand;

  private WatchAtWork(
      boolean watching, Wiring wiring, GatewayMetrics metrics, Ticker ticker, InstantSource clock) {
    this.rules = wiring.callerRules();
    this.settings = wiring.responseSettings();
    this.metrics = metrics;
    this.ticker = ticker;
    this.clock = clock;
    this.watch =
        watching
            ? new Watch(wiring.watchSettings(), metrics, rules, this::heard, ticker, clock)
            : null;
  }

  /** Watches, if that is wanted; nothing is done about what is found before {@link #act}. */
  static WatchAtWork open(
      boolean watching, Wiring wiring, GatewayMetrics metrics, Ticker ticker, InstantSource clock) {
    WatchAtWork work = new WatchAtWork(watching, wiring, metrics, ticker, clock);
    if (work.watch != null) {
      work.watch.start();
    }
    return work;
  }

  /** What hears of calls. */
  CallObserver observer() {
    return watch == null ? CallObserver.NOBODY : watch;
  }

  /** From now on what is found is kept, and the policy decides about it. */
  void act(Findings findings, Enforcement enforcement) {
    // Those that are off here as well: Prometheus goes on to report them.
    for (String rule : RuleBook.ids()) {
      RuleBook.find(rule)
          .ifPresent(
              known ->
                  metrics.showFindings(rule, known.severity().name().toLowerCase(Locale.ROOT)));
    }
    Hand acting =
        new Hand(
            new Hand.Parts(
                findings, enforcement, this::view, rules, RuleBook::find, settings, clock, ticker));
    metrics.showHand(acting.health());
    acting.start();
    hand = acting;
  }

  /** Takes alerts; says no if that cannot be done now. */
  boolean report(List<ReportedAlert> alerts) {
    Hand acting = hand;
    return acting != null && acting.report(alerts);
  }

  /**
   * Keeps these and those of whom alarms were heard lately in sight, however little they call and
   * whoever else comes. Where there is no room for all, these come first: whoever is accused must
   * not push them out.
   */
  void hold(Collection<CallerId> restricted) {
    Set<CallerId> held = new LinkedHashSet<>();
    restricted.stream().sorted(BY_ID).forEach(held::add);
    Hand acting = hand;
    if (acting != null) {
      acting.accused().stream().sorted(BY_ID).forEach(held::add);
    }
    metrics.pinCallers(held);
    if (watch != null) {
      watch.pin(held);
    }
  }

  @Override
  public void close() {
    if (watch != null) {
      watch.close();
    }
    Hand acting = hand;
    if (acting != null) {
      acting.close();
    }
  }

  private Optional<CallerView> view(CallerId caller) {
    return watch == null ? Optional.empty() : watch.view(caller);
  }

  private void heard(Alarm alarm) {
    Hand acting = hand;
    if (acting != null) {
      acting.alarm(alarm);
    }
  }
}
