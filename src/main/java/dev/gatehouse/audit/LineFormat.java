package dev.gatehouse.audit;

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

  private final JsonLine line = new JsonLine();

  /** The second that was written last, and its text up to the fraction: most lines share it. */
  private long second = Long.MIN_VALUE;

  private String secondText = "";

  /** Writes one event, without a line end. */
  void write(Instant at, AuditEvent event, OutputStream out) throws IOException {
    open(at);
    switch (event) {
      case InferenceCall call -> inference(call);
      case PlainCall call -> plain(call);
      case AdministrativeChange change -> change(change);
    }
    line.close(out);
  }

  /** Writes that {@code count} entries could not be kept, without a line end. */
  void writeDropped(Instant at, long count, OutputStream out) throws IOException {
    open(at);
    line.plain(",\"kind\":\"dropped\",\"count\":").number(count);
    line.close(out);
  }

  /** UTC in ISO 8601, always with six decimals, so that lines sort by time as text. */
  private void open(Instant at) {
    if (at.getEpochSecond() != second) {
      second = at.getEpochSecond();
      String text = Instant.ofEpochSecond(second).toString();
      secondText = text.substring(0, text.length() - 1) + '.';
    }
    line.open()
        .plain("\"at\":\"")
        .plain(secondText)
        .digits(at.getNano() / 1_000, MICROS_DIGITS)
        .plain("Z\"");
  }

  private void inference(InferenceCall call) {
    line.plain(",\"kind\":\"inference\"");
    caller(call.caller());
    line.plain(",\"model\":").text(call.model().value());
    line.plain(",\"version\":").text(call.version() == null ? null : call.version().value());
    line.plain(",\"grant\":").text(call.grant());
    line.plain(",\"rows\":").number(call.rows());
    line.plain(",\"request_bytes\":").number(call.requestBytes());
    line.plain(",\"reply_bytes\":").number(call.replyBytes());
    end(call.outcome().label(), call.latencyNanos());
  }

  private void plain(PlainCall call) {
    boolean answered = call.outcome().refusal() == null;
    line.plain(answered ? ",\"kind\":\"answered\"" : ",\"kind\":\"refused\"");
    caller(call.caller());
    line.plain(",\"method\":").text(call.method());
    line.plain(",\"model\":").text(call.model());
    line.plain(",\"request_bytes\":").number(call.requestBytes());
    end(call.outcome().label(), call.latencyNanos());
  }

  private void change(AdministrativeChange change) {
    line.plain(",\"kind\":\"change\"");
    caller(change.caller());
    line.plain(",\"action\":").text(change.action());
    line.plain(",\"resource\":").text(change.resource());
    end(change.outcome().label(), change.latencyNanos());
  }

  private void caller(@Nullable Caller caller) {
    line.plain(",\"caller\":").text(caller == null ? null : caller.id().value());
    line.plain(",\"team\":").text(caller == null ? null : caller.team().value());
    line.plain(",\"credential\":").text(caller == null ? null : fingerprint(caller));
  }

  /** Cut here as well, because nothing bounds it where it is made. */
  private static String fingerprint(Caller caller) {
    String fingerprint = caller.credentialFingerprint();
    return fingerprint.length() <= AuditEvent.TEXT_CHARS_MAX
        ? fingerprint
        : fingerprint.substring(0, AuditEvent.TEXT_CHARS_MAX);
  }

  private void end(String outcome, long nanos) {
    line.plain(",\"outcome\":").text(outcome);
    line.plain(",\"latency_micros\":").number(nanos / 1_000);
  }
}
