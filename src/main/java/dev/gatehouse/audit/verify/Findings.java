package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.verify.Finding.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gathers what a verification finds. For one thread. */
final class Findings {

  /** How many faults are kept; the rest are counted. */
  static final int KEPT_MAX = 100;

  /** How many notes are kept. */
  static final int NOTES_MAX = 100;

  private final List<Finding> findings = new ArrayList<>();
  private final Map<String, Long> counts = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();
  private long faults;
  private long notesDropped;

  void add(Kind kind, Place place, String text) {
    faults++;
    if (findings.size() < KEPT_MAX) {
      findings.add(new Finding(kind, place, text));
    }
  }

  void note(String text) {
    if (notes.size() < NOTES_MAX) {
      notes.add(text);
    } else {
      notesDropped++;
    }
  }

  /** Counts what was verified. */
  void count(String what, long number) {
    counts.merge(what, number, Long::sum);
  }

  /** How many faults there are so far. */
  long faults() {
    return faults;
  }

  Report report() {
    List<String> told = new ArrayList<>(notes);
    if (notesDropped > 0) {
      told.add(notesDropped + " more notes");
    }
    return new Report(inOrder(), faults, new LinkedHashMap<>(counts), List.copyOf(told));
  }

  /** Those of each log by their places, the logs in the order in which faults showed. */
  private List<Finding> inOrder() {
    Map<String, List<Finding>> byLog = new LinkedHashMap<>();
    for (Finding finding : findings) {
      byLog.computeIfAbsent(finding.place().log(), log -> new ArrayList<>()).add(finding);
    }
    List<Finding> ordered = new ArrayList<>();
    for (List<Finding> ofLog : byLog.values()) {
      ofLog.sort(
          Comparator.comparingLong((Finding finding) -> finding.place().segment())
              .thenComparingLong(finding -> finding.place().entry()));
      ordered.addAll(ofLog);
    }
    return List.copyOf(ordered);
  }
}
