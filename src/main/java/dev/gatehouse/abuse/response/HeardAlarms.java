package dev.gatehouse.abuse.response;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.gatehouse.abuse.Alarm;
import dev.gatehouse.abuse.Severity;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Alarms that wait to be written down, folded: of each rule, caller and model there is one, however
 * often it is heard, and it is due at once at first and {@link #WRITE_INTERVAL} after it was
 * written last.
 *
 * <p>Holds at most {@link #ALARMS_MAX}. Beyond, one that has nothing to be written makes room, and
 * where there is none the new alarm is dropped and counted. What could not be written for {@link
 * #KEPT_MAX} is dropped and counted too. Safe for any number of threads.
 */
final class HeardAlarms {

  /** Different alarms held. */
  static final int ALARMS_MAX = 4_096;

  /** What lasts is written down no more often than that. */
  static final Duration WRITE_INTERVAL = Duration.ofSeconds(10);

  /** What could not be written is tried again after that. */
  static final Duration RETRY_INTERVAL = Duration.ofSeconds(5);

  /** How long something is held that is not heard any more, or cannot be written. */
  static final Duration KEPT_MAX = Duration.ofMinutes(10);

  /** What is folded. */
  record Key(String rule, CallerId caller, @Nullable ModelName model) {}

  @GuardedBy("this")
  private final Map<Key, Entry> entries = new LinkedHashMap<>();

  @GuardedBy("this")
  private long dropped;

  private static final class Entry {
    /** The first that is not written; null if all are. */
    @Nullable Alarm first;

    Instant lastTime;
    int times;

    /** Whether writing it was tried and failed. */
    boolean failed;

    long dueNanos;
    long heardNanos;

    Entry(Alarm alarm, long nowNanos) {
      this.lastTime = alarm.at();
      this.dueNanos = nowNanos;
      this.heardNanos = nowNanos;
    }

    void add(Alarm alarm, int count) {
      if (first == null) {
        first = alarm;
      }
      times = (int) Math.min(Integer.MAX_VALUE, (long) times + count);
      if (alarm.at().isAfter(lastTime)) {
        lastTime = alarm.at();
      }
    }
  }

  /** Takes an alarm in; returns whether it makes something due to be written. */
  synchronized boolean hear(Alarm alarm, long nowNanos) {
    Key key = new Key(alarm.rule(), alarm.caller(), alarm.model());
    Entry entry = entries.get(key);
    boolean due = entry == null || entry.first == null && entry.dueNanos - nowNanos <= 0;
    if (entry == null) {
      if (entries.size() >= ALARMS_MAX && !makeRoom()) {
        dropped++;
        return false;
      }
      entry = new Entry(alarm, nowNanos);
      entries.put(key, entry);
    }
    entry.heardNanos = nowNanos;
    entry.add(alarm, 1);
    return due;
  }

  @GuardedBy("this")
  private boolean makeRoom() {
    Iterator<Entry> each = entries.values().iterator();
    while (each.hasNext()) {
      if (each.next().first == null) {
        each.remove();
        return true;
      }
    }
    return false;
  }

  /** Those of whom something was heard and is not forgotten. */
  synchronized Set<CallerId> callers() {
    Set<CallerId> callers = new HashSet<>();
    entries.keySet().forEach(key -> callers.add(key.caller()));
    return callers;
  }

  /** What is to be written now: critical alarms first, then the longest known. */
  synchronized List<Key> due(long nowNanos) {
    List<Key> critical = new ArrayList<>();
    List<Key> due = new ArrayList<>();
    entries.forEach(
        (key, entry) -> {
          if (entry.first != null && entry.dueNanos - nowNanos <= 0) {
            (entry.first.severity() == Severity.CRITICAL ? critical : due).add(key);
          }
        });
    critical.addAll(due);
    return critical;
  }

  /** Takes out what was heard and is not written; null if there is nothing. */
  synchronized @Nullable NewFinding take(Key key, long nowNanos) {
    Entry entry = entries.get(key);
    if (entry == null || entry.first == null) {
      return null;
    }
    Alarm first = entry.first;
    NewFinding taken =
        new NewFinding(
            first.rule(),
            first.severity(),
            Finding.Source.GATEWAY,
            first.caller(),
            first.model(),
            first.evidence(),
            entry.times,
            first.at(),
            entry.lastTime);
    entry.first = null;
    entry.times = 0;
    entry.failed = false;
    entry.dueNanos = nowNanos + WRITE_INTERVAL.toNanos();
    return taken;
  }

  /** Brings back what could not be written. */
  synchronized void putBack(Key key, NewFinding taken, long nowNanos) {
    Entry entry = entries.get(key);
    if (entry == null) {
      dropped++;
    } else {
      entry.first =
          new Alarm(
              taken.rule(),
              taken.severity(),
              taken.caller(),
              taken.model(),
              taken.evidence(),
              taken.firstTime());
      entry.times = (int) Math.min(Integer.MAX_VALUE, (long) entry.times + taken.times());
      entry.failed = true;
      entry.dueNanos = nowNanos + RETRY_INTERVAL.toNanos();
    }
  }

  /** Forgets what has not been heard for long. */
  synchronized void forget(long nowNanos) {
    Iterator<Entry> each = entries.values().iterator();
    while (each.hasNext()) {
      Entry entry = each.next();
      if (nowNanos - entry.heardNanos > KEPT_MAX.toNanos()) {
        each.remove();
        if (entry.first != null) {
          dropped++;
        }
      }
    }
  }

  /** How many were dropped in all. */
  synchronized long dropped() {
    return dropped;
  }

  /** Whether something waits that could not be written. */
  synchronized boolean failing() {
    return entries.values().stream().anyMatch(entry -> entry.failed);
  }

  /** How many are not written. */
  synchronized int waiting() {
    int waiting = 0;
    for (Entry entry : entries.values()) {
      if (entry.first != null) {
        waiting++;
      }
    }
    return waiting;
  }
}
