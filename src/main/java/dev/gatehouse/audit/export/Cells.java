package dev.gatehouse.audit.export;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryFormatException;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.export.ExportLine.Absent;
import dev.gatehouse.audit.export.ExportLine.End;
import dev.gatehouse.audit.export.ExportLine.OfControl;
import dev.gatehouse.audit.export.ExportLine.OfJournal;
import dev.gatehouse.audit.export.ExportLine.State;
import dev.gatehouse.audit.merkle.Hash;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The cells of lines: names and values, in the order in which they are written. A value is a {@link
 * String}, a {@link Long} or a {@link Boolean}.
 */
final class Cells {

  static final String LOG = "log";
  static final String CONTROL = "control";
  static final String JOURNAL = "journal";
  static final String ABSENT = "absent";
  static final String END = "end";
  static final String FORMAT = "gatehouse_audit_export";

  /** The most hashes of a path. */
  private static final int PATH_MAX = 63;

  private Cells() {}

  /** The names of all cells that entries can have. */
  static List<String> columns() {
    List<String> columns = new ArrayList<>(List.of(LOG, "sequence", "time", "kind"));
    for (Field field : Field.values()) {
      columns.add(field.label());
    }
    columns.addAll(
        List.of(
            "entry",
            "proof_journal",
            "proof_segment",
            "proof_index",
            "proof_anchor",
            "proof_path"));
    return columns;
  }

  static Map<String, Object> of(ExportHeader header) {
    Map<String, Object> cells = new LinkedHashMap<>();
    cells.put(FORMAT, ExportHeader.VERSION);
    cells.put("origin", header.origin());
    cells.put("size", header.size());
    cells.put("complete", header.complete());
    cells.put("checkpoint", header.checkpoint());
    return cells;
  }

  /**
   * The cells of a line.
   *
   * @throws LineException if it holds no entry
   */
  static Map<String, Object> of(ExportLine line) throws LineException {
    Map<String, Object> cells = new LinkedHashMap<>();
    switch (line) {
      case OfControl control -> {
        cells.put(LOG, CONTROL);
        entry(control.entry(), cells);
        cells.put("proof_index", control.index());
        cells.put("proof_path", path(control.path()));
      }
      case OfJournal journal -> {
        cells.put(LOG, JOURNAL);
        entry(journal.entry(), cells);
        cells.put("proof_journal", journal.journal());
        cells.put("proof_segment", journal.segment());
        cells.put("proof_index", journal.index());
        cells.put("proof_anchor", journal.anchor());
        cells.put("proof_path", path(journal.path()));
      }
      case Absent absent -> {
        cells.put(LOG, ABSENT);
        cells.put("proof_journal", absent.journal());
        cells.put("proof_segment", absent.segment());
        cells.put("proof_anchor", absent.anchor());
        cells.put("state", absent.state().label());
      }
      case End end -> {
        cells.put(LOG, END);
        cells.put("control_lines", end.control());
        cells.put("journal_lines", end.journal());
      }
    }
    return cells;
  }

  private static void entry(byte[] bytes, Map<String, Object> cells) throws LineException {
    Entry entry;
    try {
      entry = EntryCodec.read(bytes);
    } catch (EntryFormatException e) {
      throw new LineException("its entry " + e.getMessage());
    }
    cells.put("sequence", entry.sequence());
    cells.put("time", entry.time().toString());
    cells.put("kind", entry.kind().label());
    for (Field field : Field.values()) {
      Object value = entry.fields().get(field);
      if (value != null) {
        cells.put(field.label(), value instanceof Long number ? number : value.toString());
      }
    }
    cells.put("entry", Base64.getEncoder().encodeToString(bytes));
  }

  private static String path(List<Hash> path) {
    return path.stream()
        .map(hash -> Base64.getEncoder().encodeToString(hash.bytes()))
        .collect(Collectors.joining(" "));
  }

  /** The first line that these cells are. */
  static ExportHeader header(Map<String, String> cells) throws LineException {
    if (number(cells, FORMAT) != ExportHeader.VERSION) {
      throw new LineException("it is of a version that is not known here");
    }
    return new ExportHeader(
        text(cells, "origin"),
        number(cells, "size"),
        text(cells, "complete").equals("true"),
        text(cells, "checkpoint"));
  }

  /** The line that these cells are. What stands for people to read is not looked at. */
  static ExportLine line(Map<String, String> cells) throws LineException {
    return switch (text(cells, LOG)) {
      case CONTROL ->
          new OfControl(bytes(text(cells, "entry")), number(cells, "proof_index"), path(cells));
      case JOURNAL ->
          new OfJournal(
              bytes(text(cells, "entry")),
              text(cells, "proof_journal"),
              number(cells, "proof_segment"),
              number(cells, "proof_index"),
              path(cells),
              number(cells, "proof_anchor"));
      case ABSENT ->
          new Absent(
              text(cells, "proof_journal"),
              number(cells, "proof_segment"),
              number(cells, "proof_anchor"),
              state(text(cells, "state")));
      case END -> new End(number(cells, "control_lines"), number(cells, "journal_lines"));
      default -> throw new LineException("it is of no kind that is known here");
    };
  }

  private static State state(String label) throws LineException {
    for (State state : State.values()) {
      if (state.label().equals(label)) {
        return state;
      }
    }
    throw new LineException("its state is none that is known here");
  }

  private static List<Hash> path(Map<String, String> cells) throws LineException {
    String text = text(cells, "proof_path");
    List<Hash> path = new ArrayList<>();
    for (String hash : text.isEmpty() ? new String[0] : text.split(" ", PATH_MAX + 1)) {
      byte[] bytes = bytes(hash);
      if (bytes.length != Hash.BYTES || path.size() == PATH_MAX) {
        throw new LineException("its path is none");
      }
      path.add(Hash.of(bytes));
    }
    return path;
  }

  private static byte[] bytes(String base64) throws LineException {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new LineException("it has bytes that are not base64");
    }
  }

  private static long number(Map<String, String> cells, String name) throws LineException {
    try {
      return Long.parseLong(text(cells, name));
    } catch (NumberFormatException e) {
      throw new LineException("its " + name + " is no number");
    }
  }

  private static String text(Map<String, String> cells, String name) throws LineException {
    @Nullable String text = cells.get(name);
    if (text == null) {
      throw new LineException("it has no " + name);
    }
    return text;
  }
}
