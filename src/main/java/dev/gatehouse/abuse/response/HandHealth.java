package dev.gatehouse.abuse.response;

import dev.gatehouse.abuse.response.AlertCheck.Ignored;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.metrics.HandState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * How the hand fares: for the metrics, which ask from any thread, and for the log, which the hand's
 * thread writes.
 */
final class HandHealth implements HandState {

  private static final Logger LOG = Logger.getLogger(Hand.class);

  private final HeardAlarms alarms;
  private final IntSupplier messages;
  private final Ticker ticker;
  private final Map<Ignored, AtomicLong> ignoredAlerts =
      Arrays.stream(Ignored.values())
          .collect(Collectors.toUnmodifiableMap(why -> why, why -> new AtomicLong()));

  /** Written by the hand's thread, as the following. */
  private volatile boolean failing;

  private volatile long wholeNanos;

  /** Used by the hand's thread alone, as the following. */
  private final Map<Ignored, Long> toldIgnored = new EnumMap<>(Ignored.class);

  private long toldDropped;

  /**
   * The health of a hand that begins now.
   *
   * @param alarms those that wait
   * @param messages how many messages wait; safe for any thread
   * @param ticker monotonic time
   */
  HandHealth(HeardAlarms alarms, IntSupplier messages, Ticker ticker) {
    this.alarms = alarms;
    this.messages = messages;
    this.ticker = ticker;
    this.wholeNanos = ticker.nanos();
  }

  /** Counts alerts that were ignored. */
  void ignore(Ignored why, long count) {
    long ignored = counter(why).addAndGet(count);
  }

  /** How many reported alerts were ignored for that. */
  long ignored(Ignored why) {
    return counter(why).get();
  }

  private AtomicLong counter(Ignored why) {
    return Objects.requireNonNull(ignoredAlerts.get(why));
  }

  /** A round came to its end. */
  void whole() {
    wholeNanos = ticker.nanos();
    if (failing) {
      LOG.info("Findings are written again");
    }
    failing = false;
  }

  /** A round did not. */
  void failed(Throwable fault) {
    if (!failing) {
      LOG.warnf(fault, "Findings cannot be written; they are kept for a while");
    }
    failing = true;
  }

  /** In numbers of ours alone: what the messages say may be anybody's. */
  void tell() {
    long dropped = alarms.dropped();
    if (dropped > toldDropped) {
      LOG.warnf(
          "%d alarms were dropped: too many, or the database was away too long",
          dropped - toldDropped);
      toldDropped = dropped;
    }
    List<String> counts = new ArrayList<>();
    for (Ignored why : Ignored.values()) {
      long all = ignored(why);
      long since = all - toldIgnored.getOrDefault(why, 0L);
      if (since > 0) {
        counts.add(why + " " + since);
        toldIgnored.put(why, all);
      }
    }
    if (!counts.isEmpty()) {
      LOG.infof("Alerts of Alertmanager that were ignored: %s", String.join(", ", counts));
    }
  }

  @Override
  public int waitingAlarms() {
    return alarms.waiting();
  }

  @Override
  public int waitingMessages() {
    return messages.getAsInt();
  }

  @Override
  public long droppedAlarms() {
    return alarms.dropped();
  }

  @Override
  public Map<String, Long> ignoredAlerts() {
    return ignoredAlerts.entrySet().stream()
        .collect(
            Collectors.toUnmodifiableMap(
                each -> each.getKey().name(), each -> each.getValue().get()));
  }

  @Override
  public boolean available() {
    return !failing;
  }

  @Override
  public Duration roundAge() {
    return Duration.ofNanos(ticker.nanos() - wholeNanos);
  }
}
