package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryFormatException;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.export.ExportHeader;
import dev.gatehouse.audit.export.ExportLine;
import dev.gatehouse.audit.export.ExportLine.Absent;
import dev.gatehouse.audit.export.ExportLine.End;
import dev.gatehouse.audit.export.ExportLine.OfControl;
import dev.gatehouse.audit.export.ExportLine.OfJournal;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.ProofException;
import dev.gatehouse.audit.merkle.ProofVerifier;
import dev.gatehouse.audit.merkle.TreeHasher;
import dev.gatehouse.audit.verify.Finding.Kind;
import dev.gatehouse.audit.verify.JournalClaims.Anchor;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The lines of an export, one after the other. For one thread. */
final class ExportLines {

  /** An anchor with what came of its segment. */
  private static final class Awaited {
    final String journal;
    final Anchor anchor;
    long next;
    boolean absent;

    Awaited(String journal, Anchor anchor) {
      this.journal = journal;
      this.anchor = anchor;
    }
  }

  private final ExportHeader header;
  private final Vouched checkpoint;
  private final Findings findings;
  private final TreeHasher hasher = new TreeHasher();
  private final TreeCheck tree;
  private final Ordering ordering = new Ordering(0);

  /** By the number of the entry of the control log. */
  private final Map<Long, Awaited> anchors = new TreeMap<>();

  private long lastControl = Place.NONE;
  private long control;
  private long journal;
  private boolean intact = true;
  private @Nullable End end;
  private long afterEnd;

  ExportLines(ExportHeader header, Vouched checkpoint, List<Vouched> vouched, Findings findings) {
    this.header = header;
    this.checkpoint = checkpoint;
    this.findings = findings;
    List<Vouched> known =
        vouched.stream().filter(other -> other.size() <= checkpoint.size()).toList();
    this.tree = new TreeCheck(header.complete() ? known : List.of(), null, findings);
    if (header.complete()) {
      tree.begin(checkpoint.origin());
    }
    long others = known.stream().filter(other -> other.size() != checkpoint.size()).count();
    if (!header.complete() && others > 0) {
      findings.note(others + " checkpoints could not be compared with a filtered export");
    }
    if (known.size() < vouched.size()) {
      findings.note(
          (vouched.size() - known.size())
              + " checkpoints are newer than the export: that it agrees with them was not checked");
    }
  }

  /** A line that is none came by. */
  void unreadable() {
    intact = false;
  }

  void accept(ExportLine line, long number) throws IOException {
    if (end != null) {
      afterEnd++;
      return;
    }
    switch (line) {
      case OfControl of -> control(of, number);
      case OfJournal of -> journal(of, number);
      case Absent absent -> absent(absent, number);
      case End last -> end = last;
    }
  }

  private void control(OfControl line, long number) throws IOException {
    control++;
    Entry entry = read(line.entry(), EntryKind.Log.CONTROL, number);
    if (entry == null) {
      return;
    }
    Place place = Place.control(entry.sequence());
    Hash leaf = hasher.leaf(line.entry());
    try {
      if (entry.sequence() != line.index()) {
        throw new IllegalArgumentException("its proof is for place " + line.index());
      }
      ProofVerifier.inclusion(
          leaf, line.index(), checkpoint.size(), line.path(), checkpoint.root());
    } catch (ProofException | IllegalArgumentException e) {
      intact = false;
      findings.add(Kind.PROOF_INVALID, place, "in line " + number + ": " + e.getMessage());
      return;
    }
    order(entry, leaf, place, number);
    if (entry.kind() == EntryKind.SEGMENT_ANCHORED) {
      Awaited awaited = new Awaited(String.valueOf(entry.text(Field.JOURNAL)), Anchor.of(entry));
      if (anchors.putIfAbsent(entry.sequence(), awaited) != null && !header.complete()) {
        findings.add(Kind.ENTRY_DUPLICATED, place, "it comes a second time, in line " + number);
      }
    }
  }

  private void order(Entry entry, Hash leaf, Place place, long number) throws IOException {
    if (header.complete()) {
      ordering.accept(entry.sequence(), null);
      if (ordering.intact() && intact) {
        tree.append(leaf);
      }
    } else if (entry.kind() != EntryKind.SEGMENT_ANCHORED) {
      if (entry.sequence() == lastControl) {
        findings.add(Kind.ENTRY_DUPLICATED, place, "it comes a second time, in line " + number);
      } else if (entry.sequence() < lastControl) {
        findings.add(
            Kind.ENTRY_MOVED,
            place,
            "it comes behind entry " + lastControl + ", in line " + number);
      }
      lastControl = Math.max(lastControl, entry.sequence());
    }
  }

  private void journal(OfJournal line, long number) {
    journal++;
    Entry entry = read(line.entry(), EntryKind.Log.JOURNAL, number);
    if (entry == null) {
      return;
    }
    Awaited awaited = anchors.get(line.anchor());
    if (awaited == null
        || !awaited.journal.equals(line.journal())
        || awaited.anchor.segment() != line.segment()) {
      intact = false;
      findings.add(
          Kind.PROOF_INVALID,
          Place.line(number),
          "no line before it anchors the segment that it says it is in");
      return;
    }
    Anchor anchor = awaited.anchor;
    Place place = Place.journal(awaited.journal, anchor.segment(), entry.sequence());
    try {
      if (entry.sequence() != anchor.first() + line.index()) {
        throw new IllegalArgumentException("its proof is for another place");
      }
      ProofVerifier.inclusion(
          hasher.leaf(line.entry()), line.index(), anchor.count(), line.path(), anchor.root());
    } catch (ProofException | IllegalArgumentException e) {
      intact = false;
      findings.add(Kind.PROOF_INVALID, place, "in line " + number + ": " + e.getMessage());
      return;
    }
    follow(awaited, line.index(), place, number);
  }

  /** Within a segment, places come in order; in a complete export none is left out. */
  private void follow(Awaited awaited, long index, Place place, long number) {
    if (index < awaited.next) {
      boolean again = index == awaited.next - 1;
      findings.add(
          again ? Kind.ENTRY_DUPLICATED : Kind.ENTRY_MOVED,
          place,
          (again ? "it comes a second time, in line " : "it comes too late, in line ") + number);
      return;
    }
    if (header.complete() && index > awaited.next) {
      missing(awaited, index);
    }
    awaited.next = index + 1;
    bothWays(awaited, number);
  }

  /** A segment is in an export, or it is absent. */
  private void bothWays(Awaited awaited, long number) {
    if (awaited.absent && awaited.next > 0) {
      findings.add(
          Kind.LINE_CHANGED,
          Place.line(number),
          "segment %d of journal %s is said to be absent, and has entries in the export"
              .formatted(awaited.anchor.segment(), Printable.of(awaited.journal)));
    }
  }

  private void missing(Awaited awaited, long before) {
    intact = false;
    findings.add(
        Kind.ENTRY_MISSING,
        Place.journal(
            awaited.journal, awaited.anchor.segment(), awaited.anchor.first() + awaited.next),
        "%d entries are missing, from this one on".formatted(before - awaited.next));
  }

  private void absent(Absent absent, long number) {
    Awaited awaited = anchors.get(absent.anchor());
    boolean others =
        awaited == null
            ? header.complete()
            : !awaited.journal.equals(absent.journal())
                || awaited.anchor.segment() != absent.segment();
    if (others) {
      findings.add(
          Kind.LINE_CHANGED, Place.line(number), "the entry that it names does not anchor it");
      return;
    }
    if (awaited != null) {
      awaited.absent = true;
      bothWays(awaited, number);
    }
    String id = Printable.of(absent.journal());
    switch (absent.state()) {
      case CHANGED ->
          findings.add(
              Kind.SEGMENT_CHANGED,
              Place.journal(id, absent.segment(), Place.NONE),
              "where the export was made, it was not what was anchored, and is not in the export");
      case DELETED -> notHere(id, absent, "its payload was deleted and only hashes are kept");
      case UNREACHABLE -> notHere(id, absent, "it was not where the export was made");
    }
  }

  private void notHere(String id, Absent absent, String why) {
    findings.note(
        "journal %s, segment %d: not in the export, %s".formatted(id, absent.segment(), why));
  }

  private @Nullable Entry read(byte[] bytes, EntryKind.Log log, long number) {
    String problem;
    try {
      Entry entry = EntryCodec.read(bytes);
      if (entry.kind().log() == log) {
        return entry;
      }
      problem = "its entry is of a kind that this log does not have";
    } catch (EntryFormatException e) {
      problem = "its entry " + e.getMessage();
    }
    intact = false;
    findings.add(Kind.LINE_CHANGED, Place.line(number), problem);
    return null;
  }

  /** Behind the last line, which has this number. */
  void end(long number) throws IOException {
    End last = end;
    if (last == null) {
      findings.add(Kind.EXPORT_INCOMPLETE, Place.line(number + 1), "the last line is missing");
    } else if (last.control() != control || last.journal() != journal) {
      findings.add(
          Kind.EXPORT_INCOMPLETE,
          Place.line(number),
          "it tells of %d and %d lines of the two logs, and there are %d and %d"
              .formatted(last.control(), last.journal(), control, journal));
    }
    if (afterEnd > 0) {
      findings.add(Kind.LINE_CHANGED, Place.line(number), "it comes behind the last line");
    }
    if (header.complete()) {
      complete();
    } else {
      findings.note("the export is a part of the record: each line is proved, not that none lacks");
    }
    findings.count("control entries", control);
    findings.count("journal entries", journal);
  }

  private void complete() throws IOException {
    Ordering.Fault fault = ordering.fault();
    if (fault != null) {
      findings.add(fault.kind(), Place.control(fault.entry()), fault.text());
    }
    tree.end(fault == null && intact);
    for (Awaited awaited : anchors.values()) {
      if (!awaited.absent && awaited.next < awaited.anchor.count()) {
        missing(awaited, awaited.anchor.count());
      }
    }
  }
}
