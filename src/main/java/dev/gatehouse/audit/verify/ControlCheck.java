package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.Progress;
import dev.gatehouse.audit.control.ControlRow;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryFormatException;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.merkle.TreeHasher;
import dev.gatehouse.audit.verify.ControlRows.Row;
import dev.gatehouse.audit.verify.Finding.Kind;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Checks the control log from its first entry to its last. For one thread. */
final class ControlCheck {

  /** A column that repeats what an entry says. */
  private record Column(String name, Function<ControlRow, @Nullable Object> value) {}

  private static final List<Column> COLUMNS =
      List.of(
          new Column("time", ControlRow::timeMicros),
          new Column("kind", ControlRow::kind),
          new Column("caller", ControlRow::caller),
          new Column("team", ControlRow::team),
          new Column("action", ControlRow::action),
          new Column("resource", ControlRow::resource),
          new Column("model", ControlRow::model),
          new Column("outcome", ControlRow::outcome),
          new Column("journal", ControlRow::journal),
          new Column("segment", ControlRow::segment));

  private final Findings findings;
  private final Progress progress;
  private final TreeCheck tree;
  private final ClaimsCheck claims;
  private final TreeHasher hasher = new TreeHasher();
  private final Ordering ordering = new Ordering(0);
  private boolean projectionChanged;
  private long read;

  ControlCheck(TreeCheck tree, Findings findings, Progress progress) {
    this.tree = tree;
    this.findings = findings;
    this.progress = progress;
    this.claims = new ClaimsCheck(findings);
  }

  /**
   * Checks all rows, and returns what they say about journals, by their ids in the order in which
   * those began.
   *
   * @throws IOException if they cannot be read
   */
  Map<String, JournalClaims> check(ControlRows rows) throws IOException {
    for (Row row = rows.next(); row != null; row = rows.next()) {
      accept(row);
      read++;
      progress.advanced(Place.CONTROL, 1);
    }
    if (read == 0) {
      tree.begin(null);
    }
    Ordering.Fault fault = ordering.fault();
    if (fault != null) {
      findings.add(fault.kind(), Place.control(fault.entry()), fault.text());
    }
    tree.end(ordering.intact());
    findings.count("control entries", read);
    return claims.journals();
  }

  private void accept(Row row) throws IOException {
    Entry entry = null;
    String problem = null;
    try {
      entry = EntryCodec.read(row.entry());
      if (entry.kind().log() != EntryKind.Log.CONTROL) {
        problem = "it is of a kind that the control log does not have";
      }
    } catch (EntryFormatException e) {
      problem = "it " + e.getMessage();
    }
    ordering.accept(entry == null ? Ordering.UNREADABLE : entry.sequence(), problem);
    if (read == 0) {
      tree.begin(entry == null || !ordering.intact() ? null : entry.text(Field.ORIGIN));
    }
    if (entry == null || problem != null) {
      return;
    }
    if (ordering.intact()) {
      tree.append(hasher.leaf(row.entry()));
      project(row, entry);
    }
    claims.accept(entry, ordering.intact());
  }

  private void project(Row row, Entry entry) {
    if (projectionChanged) {
      return;
    }
    String column =
        row.sequence() == entry.sequence() ? difference(row.columns(), entry) : "sequence";
    if (column != null) {
      projectionChanged = true;
      findings.add(
          Kind.PROJECTION_CHANGED,
          Place.control(entry.sequence()),
          "its column " + column + " does not say what the entry says");
    }
  }

  /** The first column that does not say what the entry says, or null. */
  private static @Nullable String difference(@Nullable ControlRow is, Entry entry) {
    if (is == null) {
      return null;
    }
    ControlRow right = ControlRow.of(entry);
    if (is.equals(right)) {
      return null;
    }
    for (Column column : COLUMNS) {
      if (!Objects.equals(column.value().apply(is), column.value().apply(right))) {
        return column.name();
      }
    }
    return "sequence";
  }
}
