package dev.gatehouse.access;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.QuotaKind;
import dev.gatehouse.core.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one replica has of the quotas of one grant: tokens of each bucket, the count of calls in
 * flight, and the calls that wait for more tokens.
 *
 * <p>Takes no lock. A tank is closed only while nobody uses it and no call of it is in flight; a
 * call that comes later makes another one.
 */
final class QuotaTank {

  /** The most calls that wait at one tank; more are refused. */
  static final int WAITING_MAX = 1_024;

  /** What {@link #uses} says once the tank is closed. */
  private static final int CLOSED = Integer.MIN_VALUE;

  /** What to tell a call that can never fit: a day is soon enough to try again. */
  private static final Duration NEVER = Duration.ofDays(1);

  /** What to tell a call that finds too many others in flight or waiting. */
  private static final Duration SOON = Duration.ofMillis(100);

  /**
   * A grant.
   *
   * @param model its model
   * @param grant its name there
   */
  record Key(ModelName model, GrantId grant) {}

  private final Key key;
  private final Quota quota;
  private final Consumer<QuotaTank> fetching;
  private final QuotaLevel[] levels;
  private final AtomicInteger uses = new AtomicInteger();
  private final AtomicInteger inFlight = new AtomicInteger();
  private final Queue<QuotaWait> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waitingCount = new AtomicInteger();

  /** How often more tokens were asked for since the last answer; 0 if they are not. */
  private final AtomicInteger asked = new AtomicInteger();

  private volatile long askedAtNanos;
  private volatile long usedAtNanos;

  /** Whether it is to hold nothing any more. */
  private volatile boolean retired;

  /** When the shared buckets could not be reached, until when they are not asked again. */
  private volatile @Nullable Long lostUntilNanos;

  /**
   * An empty tank.
   *
   * @param fetching has tokens exchanged with the shared buckets soon
   */
  QuotaTank(
      Key key, Quota quota, QuotaSettings settings, Consumer<QuotaTank> fetching, long nowNanos) {
    this.key = key;
    this.quota = quota;
    this.fetching = fetching;
    this.usedAtNanos = nowNanos;
    List<QuotaLimit> limits = QuotaLimit.of(quota);
    this.levels = new QuotaLevel[limits.size()];
    String name = key.model() + "/" + key.grant();
    for (int i = 0; i < levels.length; i++) {
      QuotaLimit limit = limits.get(i);
      levels[i] = new QuotaLevel(limit, limit.bucket(name), settings.lease(limit.capacity()));
    }
  }

  Key key() {
    return key;
  }

  Quota quota() {
    return quota;
  }

  /** Its tokens, in the order in which they are taken. */
  QuotaLevel[] levels() {
    return levels;
  }

  /** Begins a use, unless it is closed; whether it did. */
  boolean enter(long nowNanos) {
    int seen = uses.get();
    while (seen >= 0) {
      int before = uses.compareAndExchange(seen, seen + 1);
      if (before == seen) {
        usedAtNanos = nowNanos;
        return true;
      }
      seen = before;
    }
    return false;
  }

  /** Ends a use. */
  void exit() {
    uses.decrementAndGet();
  }

  /** Closes it if it was not used since {@code sinceNanos}, and nothing of it is in flight. */
  boolean close(long sinceNanos) {
    if (usedAtNanos - sinceNanos >= 0 || inFlight.get() > 0 || !uses.compareAndSet(0, CLOSED)) {
      return false;
    }
    if (inFlight.get() == 0) {
      return true;
    }
    uses.set(0);
    return false;
  }

  /** Takes what a call of {@code rows} rows needs; the level that lacks it, or null if it did. */
  @Nullable QuotaLevel take(int rows) {
    for (int i = 0; i < levels.length; i++) {
      if (!levels[i].take(levels[i].limit().tokens(rows))) {
        putBack(rows, i);
        return levels[i];
      }
    }
    return null;
  }

  /** Puts back what a call of {@code rows} rows has taken. */
  void putBack(int rows) {
    putBack(rows, levels.length);
  }

  /** What finds no place goes back to the bucket soon, where alone it may lie for long. */
  private void putBack(int rows, int end) {
    boolean over = false;
    for (int i = 0; i < end; i++) {
      over |= levels[i].putBack(levels[i].limit().tokens(rows));
    }
    if (over) {
      fetching.accept(this);
    }
  }

  /** Whether it has tokens that belong back in the buckets. */
  boolean over() {
    for (QuotaLevel level : levels) {
      if (level.over()) {
        return true;
      }
    }
    return false;
  }

  /** Whether more tokens should be fetched before somebody lacks them. */
  boolean low(long nowNanos) {
    for (QuotaLevel level : levels) {
      if (level.low(nowNanos)) {
        return true;
      }
    }
    return false;
  }

  /** The answer to a call that has its tokens: unless too many are in flight, it is one more. */
  QuotaAnswer.Settled fly(int rows, long nowNanos) {
    int most = quota.concurrentCalls();
    if (inFlight.incrementAndGet() > most && most > 0) {
      inFlight.decrementAndGet();
      putBack(rows);
      return refused(QuotaKind.CONCURRENT, most + " calls in flight on a replica", SOON, nowNanos);
    }
    return new QuotaTicket(this, rows, standing(nowNanos));
  }

  /** A call is in flight no more. */
  void leave() {
    inFlight.decrementAndGet();
  }

  /** Refuses a call whose tokens a level lacks, or null if it may wait for them. */
  QuotaAnswer.@Nullable Refused hopeless(QuotaLevel level, int rows, long nowNanos) {
    QuotaLimit limit = level.limit();
    long wanted = limit.tokens(rows);
    if (wanted > limit.capacity()) {
      return new QuotaAnswer.Refused(
          new Refusal.QuotaExhausted(
              subject(), rows + " rows never fit the grant's quota of " + limit.words(), NEVER),
          limit.kind(),
          standing(nowNanos));
    }
    return level.spent(wanted, nowNanos) ? spent(level, rows, nowNanos) : null;
  }

  /** Refuses a call that a level has no tokens for. */
  QuotaAnswer.Refused spent(QuotaLevel level, int rows, long nowNanos) {
    long nanos = level.nanosUntil(level.limit().tokens(rows), nowNanos);
    Duration retryAfter = Duration.ofNanos(Math.max(nanos, QuotaLevel.PAUSE.toNanos()));
    return refused(level.limit().kind(), level.limit().words(), retryAfter, nowNanos);
  }

  /** Refuses a call that too many others wait before. */
  QuotaAnswer.Refused crowded(QuotaLevel level, long nowNanos) {
    return refused(level.limit().kind(), level.limit().words(), SOON, nowNanos);
  }

  private QuotaAnswer.Refused refused(
      QuotaKind kind, String words, Duration retryAfter, long nowNanos) {
    return new QuotaAnswer.Refused(
        new Refusal.QuotaExhausted(
            subject(), "the grant's quota of " + words + " is spent", retryAfter),
        kind,
        standing(nowNanos));
  }

  private String subject() {
    return "models/" + key.model() + "/grants/" + key.grant();
  }

  /** What is left. */
  QuotaStanding standing(long nowNanos) {
    List<QuotaStanding.Part> parts = new ArrayList<>(levels.length + 1);
    for (QuotaLevel level : levels) {
      parts.add(level.standing(nowNanos));
    }
    int most = quota.concurrentCalls();
    if (most > 0) {
      int left = Math.clamp(most - inFlight.get(), 0, most);
      parts.add(new QuotaStanding.Part(QuotaKind.CONCURRENT, most, 0, left, 0));
    }
    return new QuotaStanding(parts);
  }

  /** Lets a call wait, which keeps the tank in use; whether there was a place. */
  boolean await(QuotaWait wait) {
    if (waitingCount.incrementAndGet() > WAITING_MAX) {
      waitingCount.decrementAndGet();
      return false;
    }
    uses.incrementAndGet();
    waiting.add(wait);
    return true;
  }

  /** Takes out the calls that wait now and are not settled, the oldest first. */
  List<QuotaWait> takeWaiting() {
    List<QuotaWait> taken = new ArrayList<>();
    for (int left = waitingCount.get(); left > 0; left--) {
      QuotaWait wait = waiting.poll();
      if (wait == null) {
        break;
      }
      waitingCount.decrementAndGet();
      exit();
      if (!wait.settled()) {
        taken.add(wait);
      }
    }
    return taken;
  }

  /** How many places of those that wait are taken. */
  int waitingCount() {
    return waitingCount.get();
  }

  /** Refuses those that wait and have waited too long. */
  void expireWaiting(long nowNanos, QuotaAnswer.Refused late) {
    for (QuotaWait wait : waiting) {
      wait.expire(nowNanos, late);
    }
  }

  /** From now on it gives back what it holds instead of fetching more. */
  void retire() {
    retired = true;
  }

  boolean retired() {
    return retired;
  }

  /** Asks for more tokens; whether nobody asks already. */
  boolean ask(long nowNanos) {
    boolean first = asked.getAndIncrement() == 0;
    if (first) {
      askedAtNanos = nowNanos;
    }
    return first;
  }

  /** How often was asked until now; an answer that begins now answers all of them. */
  int asked() {
    return asked.get();
  }

  /** Ends an answer to {@code answered} askings; whether somebody has asked meanwhile. */
  boolean answered(int answered, long nowNanos) {
    askedAtNanos = nowNanos;
    return asked.addAndGet(-answered) != 0;
  }

  /** The shared buckets could not be reached, or could again if null. */
  void lostUntil(@Nullable Long nanos) {
    lostUntilNanos = nanos;
  }

  /** Whether the shared buckets could not be reached lately, or have not answered for long. */
  boolean lost(long nowNanos, Duration silenceMax) {
    Long until = lostUntilNanos;
    return (until != null && nowNanos - until < 0)
        || (asked.get() > 0 && nowNanos - askedAtNanos > silenceMax.toNanos());
  }
}
