package dev.gatehouse.demo.attacks;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;

/** What an attacker asked, when, and what it was told. For several threads. */
final class Transcript {

  /** Answers that are kept for the copy. */
  static final int ANSWERS_MAX = 2_000;

  /** Below so many answers a copy is not worth training. */
  static final int ANSWERS_MIN = 20;

  /** Refusals that only callers get who are held to less. */
  private static final Set<String> RESTRAINTS = Set.of("CALLER_QUARANTINED", "QUOTA_EXHAUSTED");

  /** A call that was sent. */
  private record Sent(Instant at, int rows) {}

  /** A row that was answered. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Answer(Instant at, float[] row, float[] belief) {}

  @GuardedBy("this")
  private final List<Sent> sent = new ArrayList<>();

  @GuardedBy("this")
  private final List<Answer> answers = new ArrayList<>();

  @GuardedBy("this")
  private final Map<String, Integer> endings = new TreeMap<>();

  @GuardedBy("this")
  private final Map<String, Instant> restraints = new LinkedHashMap<>();

  /** A call leaves. */
  synchronized void sent(Instant at, int rows) {
    sent.add(new Sent(at, rows));
  }

  /** A row was answered. */
  synchronized void answered(Instant at, float[] row, float[] scores) {
    if (Surrogate.label(scores)) {
      restraints.putIfAbsent("labels only", at);
    }
    if (answers.size() < ANSWERS_MAX) {
      answers.add(new Answer(at, row, Surrogate.belief(scores)));
    }
  }

  /** A call ended so: {@code OK}, or the reason why not. */
  synchronized void ended(Instant at, String ending) {
    endings.merge(ending, 1, Integer::sum);
    if (RESTRAINTS.contains(ending)) {
      restraints.putIfAbsent(ending, at);
    }
  }

  /** What of a restraint was felt, and when first, in that order. */
  synchronized Map<String, Instant> restraints() {
    return new LinkedHashMap<>(restraints);
  }

  /** How the calls ended, and how many so. */
  synchronized Map<String, Integer> endings() {
    return new TreeMap<>(endings);
  }

  /** Rows sent from one moment to another; a call without rows counts as one. */
  synchronized long queries(Instant from, Instant to) {
    return sent.stream()
        .filter(one -> !one.at.isBefore(from) && !one.at.isAfter(to))
        .mapToLong(Sent::rows)
        .sum();
  }

  /**
   * How well a copy made of what was answered until {@code end} agrees with the model on the
   * held-out rows; empty if that was too little.
   */
  OptionalDouble agreement(Instant end, HeldOut heldOut) {
    List<float[]> rows = new ArrayList<>();
    List<float[]> beliefs = new ArrayList<>();
    synchronized (this) {
      for (Answer answer : answers) {
        if (!answer.at.isAfter(end)) {
          rows.add(answer.row);
          beliefs.add(answer.belief);
        }
      }
    }
    return rows.size() < ANSWERS_MIN
        ? OptionalDouble.empty()
        : OptionalDouble.of(heldOut.agreement(rows, beliefs));
  }
}
