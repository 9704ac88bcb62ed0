package dev.gatehouse.metrics;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.metrics.CandidateSketch.Candidate;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which callers are shown under their own id.
 *
 * <p>While slots are free, a caller takes one on its first call. After that a round of {@link
 * #maintain} compares the calls of those who hold slots with those of the candidates, recent ones
 * weighing more: each round halves what was counted before. A candidate must be clearly busier
 * ({@link #BUSIER_FACTOR}, {@link #BUSIER_MARGIN}) than the holder when the holder's series are
 * closed, and some candidate again when they are removed a round later; otherwise the holder goes
 * on. So callers of about the same traffic do not take slots from each other in turn.
 *
 * <p>Callers that are {@link #pin}ned get slots before all others and keep them, however quiet they
 * are: who is restricted must stay in sight.
 */
final class CallerSlots {

  /** How many times as busy as the holder a candidate must be. */
  static final int BUSIER_FACTOR = 2;

  /** How many calls it must have made beyond that. */
  static final int BUSIER_MARGIN = 8;

  private final MeterRegistry registry;
  private final int slotsMax;
  private final PairBudget pairs;
  private final CandidateSketch candidates = new CandidateSketch();
  private final Series exchanges;

  /** Guards the structure: which slots, callers and series there are. */
  private final Object lock = new Object();

  private final ConcurrentHashMap<CallerId, Slot> held = new ConcurrentHashMap<>();
  private final CallerSeries other;
  private final CallerSeries unregistered;

  /** Written under {@code lock}; once true it stays so, because a slot only changes hands. */
  private volatile boolean full;

  /** Those that are to keep their slots, at most half as many as there are; guarded by lock. */
  private Set<CallerId> pinned = Set.of();

  CallerSlots(MeterRegistry registry, int slotsMax, PairBudget pairs) {
    this.registry = registry;
    this.slotsMax = slotsMax;
    this.pairs = pairs;
    this.exchanges = new Series(registry, CounterName.CALLER_SLOT_EXCHANGES, Tags.empty());
    this.other = series(Labels.OTHER);
    this.unregistered = series(Labels.UNREGISTERED);
  }

  /** The series of all callers without a slot; they are never closed. */
  CallerSeries other() {
    return other;
  }

  /** The series of who is not registered; they are never closed. */
  CallerSeries unregistered() {
    return unregistered;
  }

  /** The series to which a call of {@code caller} goes; counts the call for the next round. */
  CallerSeries called(CallerId caller) {
    Slot slot = slot(caller);
    if (slot == null) {
      candidates.count(caller);
      return other;
    }
    slot.calls.increment();
    return slot.series;
  }

  /** The series to which anything else about {@code caller} goes. */
  CallerSeries of(CallerId caller) {
    Slot slot = slot(caller);
    return slot == null ? other : slot.series;
  }

  /** Closes the pairs with a model that is not shown any more. */
  void forget(ModelName model) {
    synchronized (lock) {
      held.values().forEach(slot -> slot.series.closePair(model));
      other.closePair(model);
    }
  }

  /**
   * Has these callers, and no others, keep slots, which they get with the next rounds. Of more than
   * half as many as there are slots only so many are taken, the first of them, or they would hide
   * everybody else.
   */
  void pin(Collection<CallerId> callers) {
    Set<CallerId> first =
        callers.stream()
            .filter(caller -> Labels.own(caller.value()))
            .limit(Math.max(1, slotsMax / 2))
            .collect(Collectors.toUnmodifiableSet());
    synchronized (lock) {
      pinned = first;
    }
  }

  /** Makes one round of exchanges. */
  void maintain() {
    synchronized (lock) {
      boolean noneLeft = pairs.spent();
      held.values().forEach(slot -> slot.series.maintain(noneLeft));
      other.maintain(noneLeft);
      exchangeSlots();
      candidates.fade();
    }
  }

  private @Nullable Slot slot(CallerId caller) {
    Slot slot = held.get(caller);
    return slot != null || full || !Labels.own(caller.value()) ? slot : takeFree(caller);
  }

  private @Nullable Slot takeFree(CallerId caller) {
    synchronized (lock) {
      if (!full && !held.containsKey(caller)) {
        give(caller);
      }
      return held.get(caller);
    }
  }

  private void give(CallerId caller) {
    held.put(caller, new Slot(caller, series(caller.value())));
    full = held.size() >= slotsMax;
  }

  private void exchangeSlots() {
    for (CallerId caller : pinned) {
      if (!full && !held.containsKey(caller)) {
        give(caller);
      }
    }
    List<Slot> leaving = new ArrayList<>();
    List<Slot> staying = new ArrayList<>();
    held.values().stream()
        .filter(slot -> !keeps(slot))
        .forEach(slot -> (slot.leaving ? leaving : staying).add(slot));
    Deque<Candidate> waiting = waiting();
    for (Slot slot : quietestFirst(leaving)) {
      finishExchange(slot, waiting);
    }
    for (Slot slot : quietestFirst(staying)) {
      Candidate busiest = waiting.poll();
      if (busiest == null || !clearlyBusier(busiest, slot)) {
        return;
      }
      slot.leaving = true;
      slot.series.close();
    }
  }

  /** Whether a slot's holder is pinned; if it was leaving, it does so no more. */
  private boolean keeps(Slot slot) {
    boolean keeps = pinned.contains(slot.caller);
    if (keeps && slot.leaving) {
      slot.leaving = false;
      slot.series.reopen();
    }
    return keeps;
  }

  private void finishExchange(Slot slot, Deque<Candidate> waiting) {
    Candidate busiest = waiting.peek();
    if (busiest != null && clearlyBusier(busiest, slot)) {
      waiting.remove();
      held.remove(slot.caller);
      slot.series.remove();
      give(busiest.caller());
      exchanges.add(1);
    } else {
      slot.leaving = false;
      slot.series.reopen();
    }
  }

  /**
   * The candidates: the pinned, then the busiest first; those who came to hold a slot have yet to
   * fade from them.
   */
  private Deque<Candidate> waiting() {
    Deque<Candidate> waiting = new ArrayDeque<>();
    for (CallerId caller : pinned) {
      if (!held.containsKey(caller)) {
        waiting.add(new Candidate(caller, Long.MAX_VALUE));
      }
    }
    for (Candidate candidate : candidates.busiest()) {
      CallerId caller = candidate.caller();
      if (!held.containsKey(caller) && !pinned.contains(caller) && Labels.own(caller.value())) {
        waiting.add(candidate);
      }
    }
    return waiting;
  }

  private static List<Slot> quietestFirst(List<Slot> slots) {
    slots.forEach(Slot::updateScore);
    slots.sort(
        Comparator.comparingLong((Slot slot) -> slot.score)
            .thenComparing(slot -> slot.caller.value()));
    return slots;
  }

  private static boolean clearlyBusier(Candidate candidate, Slot slot) {
    return candidate.calls() > BUSIER_FACTOR * slot.score + BUSIER_MARGIN;
  }

  private CallerSeries series(String label) {
    return new CallerSeries(label, registry, lock, pairs);
  }

  /** A caller with series of its own. */
  private static final class Slot {

    private final CallerId caller;
    private final CallerSeries series;
    private final LongAdder calls = new LongAdder();

    /** Guarded by the lock of the slots, like {@link #leaving}. */
    private long score;

    private boolean leaving;

    Slot(CallerId caller, CallerSeries series) {
      this.caller = caller;
      this.series = series;
    }

    /** Counts the calls since the last round, and those before by half. */
    void updateScore() {
      score = score / 2 + calls.sumThenReset();
    }
  }
}
