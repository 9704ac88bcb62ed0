package dev.gatehouse.audit;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import dev.gatehouse.audit.AuditEvent.AdministrativeChange;
import dev.gatehouse.audit.AuditEvent.InferenceCall;
import dev.gatehouse.audit.AuditEvent.PlainCall;
import dev.gatehouse.core.Caller;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Writes events as JSON objects of printable ASCII, for one thread: everything else, line ends of
 * any script and control characters included, is escaped, and a lone surrogate becomes U+FFFD.
 */
final class LineFormat {

  private static final int MICROS_DIGITS = 6;

  private final JsonFactory json = new JsonFactory().setCharacterEscapes(new WithDelete());

  /** The second that was written last, and its text up to the fraction: most lines share it. */
  private long second = Long.MIN_VALUE;

  private String secondText = "";

  /** Writes one event, without a line end. */
  void write(Instant at, AuditEvent event, OutputStream out) throws IOException {
    try (JsonGenerator line = open(at, out)) {
      switch (event) {
        case InferenceCall call -> inference(line, call);
        case PlainCall call -> plain(line, call);
        case AdministrativeChange change -> change(line, change);
      }
      line.writeEndObject();
    }
  }

  /** Writes that {@code count} entries could not be kept, without a line end. */
  void writeDropped(Instant at, long count, OutputStream out) throws IOException {
    try (JsonGenerator line = open(at, out)) {
      line.writeStringField("kind", "dropped");
      line.writeNumberField("count", count);
      line.writeEndObject();
    }
  }

  private JsonGenerator open(Instant at, OutputStream out) throws IOException {
    JsonGenerator line = json.createGenerator(out);
    line.setHighestNonEscapedChar(0x7e);
    line.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    line.disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);
    line.writeStartObject();
    line.writeStringField("at", time(at));
    return line;
  }

  /** UTC in ISO 8601, always with six decimals, so that lines sort by time as text. */
  private String time(Instant at) {
    if (at.getEpochSecond() != second) {
      second = at.getEpochSecond();
      String text = Instant.ofEpochSecond(second).toString();
      secondText = text.substring(0, text.length() - 1) + '.';
    }
    String micros = Integer.toString(at.getNano() / 1_000);
    return secondText + "0".repeat(MICROS_DIGITS - micros.length()) + micros + 'Z';
  }

  private static void inference(JsonGenerator line, InferenceCall call) throws IOException {
    line.writeStringField("kind", "inference");
    caller(line, call.caller());
    text(line, "model", call.model().value());
    text(line, "version", call.version() == null ? null : call.version().value());
    text(line, "grant", call.grant());
    line.writeNumberField("rows", call.rows());
    line.writeNumberField("request_bytes", call.requestBytes());
    line.writeNumberField("reply_bytes", call.replyBytes());
    end(line, call.outcome().label(), call.latencyNanos());
  }

  private static void plain(JsonGenerator line, PlainCall call) throws IOException {
    line.writeStringField("kind", call.outcome().refusal() == null ? "answered" : "refused");
    caller(line, call.caller());
    text(line, "method", call.method());
    text(line, "model", call.model());
    line.writeNumberField("request_bytes", call.requestBytes());
    end(line, call.outcome().label(), call.latencyNanos());
  }

  private static void change(JsonGenerator line, AdministrativeChange change) throws IOException {
    line.writeStringField("kind", "change");
    caller(line, change.caller());
    text(line, "action", change.action());
    text(line, "resource", change.resource());
    end(line, change.outcome().label(), change.latencyNanos());
  }

  private static void caller(JsonGenerator line, @Nullable Caller caller) throws IOException {
    text(line, "caller", caller == null ? null : caller.id().value());
    text(line, "team", caller == null ? null : caller.team().value());
    text(line, "credential", caller == null ? null : fingerprint(caller));
  }

  /** Cut here as well, because nothing bounds it where it is made. */
  private static String fingerprint(Caller caller) {
    String fingerprint = caller.credentialFingerprint();
    return fingerprint.substring(0, Math.min(fingerprint.length(), AuditEvent.TEXT_CHARS_MAX));
  }

  private static void end(JsonGenerator line, String outcome, long nanos) throws IOException {
    line.writeStringField("outcome", outcome);
    line.writeNumberField("latency_micros", nanos / 1_000);
  }

  private static void text(JsonGenerator line, String name, @Nullable String text)
      throws IOException {
    line.writeFieldName(name);
    if (text == null) {
      line.writeNull();
    } else {
      line.writeString(wellFormed(text));
    }
  }

  /** The text with each lone surrogate replaced, which no JSON reader need accept. */
  private static String wellFormed(String text) {
    if (text.chars().noneMatch(c -> Character.isSurrogate((char) c))) {
      return text;
    }
    StringBuilder clean = new StringBuilder(text.length());
    text.codePoints()
        .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
        .forEach(clean::appendCodePoint);
    return clean.toString();
  }

  /** JSON's own escapes and DEL, which terminals act upon. */
  private static final class WithDelete extends CharacterEscapes {

    private static final long serialVersionUID = 1L;

    private final int[] escapes = standardAsciiEscapesForJSON();

    WithDelete() {
      escapes[0x7f] = ESCAPE_STANDARD;
    }

    @Override
    public int[] getEscapeCodesForAscii() {
      return escapes.clone();
    }

    @Override
    public @Nullable SerializableString getEscapeSequence(int character) {
      return null;
    }
  }
}
