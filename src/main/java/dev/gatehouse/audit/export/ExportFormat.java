package dev.gatehouse.audit.export;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * The forms of an export. Both have the same cells and say the same.
 *
 * <p>What is read is trusted by nobody: the reader writes each line again out of the bytes of its
 * entry and its proof, and takes it only if that gives the same characters.
 */
public enum ExportFormat {
  /** A JSON object a line. */
  JSONL("\n") {
    @Override
    String first(ExportHeader header) {
      return json(Cells.of(header));
    }

    @Override
    String line(ExportLine line) throws LineException {
      return json(Cells.of(line));
    }

    @Override
    ExportHeader readFirst(String text) throws LineException {
      return Cells.header(parse(text));
    }

    @Override
    ExportLine read(String text) throws LineException {
      return Cells.line(parse(text));
    }
  },
  /**
   * CSV after RFC 4180, for spreadsheets: a line of column names, and a line for each entry. Lines
   * that are no entries begin with {@code # } and go on as in {@link #JSONL}; the first one is
   * such. In cells a backslash is doubled and what could do harm is escaped as in JSON; a cell that
   * would be a formula begins with an apostrophe.
   */
  CSV("\r\n") {
    @Override
    String first(ExportHeader header) {
      return COMMENT + json(Cells.of(header)) + end() + String.join(",", Cells.columns());
    }

    @Override
    String line(ExportLine line) throws LineException {
      Map<String, Object> cells = Cells.of(line);
      return switch (line) {
        case ExportLine.OfControl control -> csv(cells);
        case ExportLine.OfJournal journal -> csv(cells);
        case ExportLine.Absent absent -> COMMENT + json(cells);
        case ExportLine.End end -> COMMENT + json(cells);
      };
    }

    @Override
    ExportHeader readFirst(String text) throws LineException {
      String json = text.split(end(), 2)[0];
      return Cells.header(parse(json.startsWith(COMMENT) ? json.substring(2) : ""));
    }

    @Override
    ExportLine read(String text) throws LineException {
      return Cells.line(text.startsWith(COMMENT) ? parse(text.substring(2)) : parseCsv(text));
    }
  };

  private static final String COMMENT = "# ";
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(com.fasterxml.jackson.core.StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();
  private static final CSVFormat SHEET =
      CSVFormat.RFC4180.builder().setIgnoreEmptyLines(false).get();

  private final String end;

  ExportFormat(String end) {
    this.end = end;
  }

  /** What ends each line. */
  String end() {
    return end;
  }

  /** The first line, or in CSV the first two, without their end. */
  abstract String first(ExportHeader header);

  /** A line without its end. */
  abstract String line(ExportLine line) throws LineException;

  abstract ExportHeader readFirst(String text) throws LineException;

  abstract ExportLine read(String text) throws LineException;

  /** How many lines the first one takes. */
  int firstLines() {
    return this == CSV ? 2 : 1;
  }

  private static String json(Map<String, Object> cells) {
    StringBuilder out = new StringBuilder("{");
    cells.forEach(
        (name, value) -> {
          out.append(out.length() > 1 ? ",\"" : "\"").append(name).append("\":");
          if (value instanceof String text) {
            out.append('"');
            SafeText.append(text, "\"", out);
            out.append('"');
          } else {
            out.append(value);
          }
        });
    return out.append('}').toString();
  }

  private static Map<String, String> parse(String json) throws LineException {
    Map<String, String> cells = new HashMap<>();
    try (JsonParser parser = JSON.createParser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new LineException("it is no JSON object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (value == null || !value.isScalarValue()) {
          throw new LineException("it is nested");
        }
        cells.put(name, parser.getText());
      }
      if (parser.currentToken() != JsonToken.END_OBJECT) {
        throw new LineException("it is no JSON object");
      }
    } catch (IOException e) {
      throw new LineException("it is no JSON object");
    }
    return cells;
  }

  private static String csv(Map<String, Object> cells) {
    StringBuilder out = new StringBuilder();
    for (String column : Cells.columns()) {
      Object value = cells.getOrDefault(column, "");
      StringBuilder cell = new StringBuilder();
      SafeText.append(value.toString(), "", cell);
      if (!cell.isEmpty() && "=+-@'".indexOf(cell.charAt(0)) >= 0) {
        cell.insert(0, '\'');
      }
      String text = cell.toString();
      if (text.indexOf(',') >= 0 || text.indexOf('"') >= 0 || text.startsWith("#")) {
        text = '"' + text.replace("\"", "\"\"") + '"';
      }
      out.append(out.length() > 0 ? "," : "").append(text);
    }
    return out.toString();
  }

  /** Only the cells that are never escaped are looked at afterwards. */
  private static Map<String, String> parseCsv(String line) throws LineException {
    List<String> columns = Cells.columns();
    try (CSVParser parser = SHEET.parse(new StringReader(line))) {
      List<CSVRecord> records = parser.getRecords();
      if (records.size() != 1 || records.getFirst().size() != columns.size()) {
        throw new LineException("it does not have " + columns.size() + " cells");
      }
      Map<String, String> cells = new HashMap<>();
      for (int i = 0; i < columns.size(); i++) {
        String cell = records.getFirst().get(i);
        cells.put(columns.get(i), cell.startsWith("'") ? cell.substring(1) : cell);
      }
      return cells;
    } catch (IOException | RuntimeException e) {
      throw new LineException("it is no line of CSV");
    }
  }
}
