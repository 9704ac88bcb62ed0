package dev.gatehouse.audit.journal;

import dev.gatehouse.audit.InferenceIntent;
import dev.gatehouse.audit.PlainCall;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.EntryWriter;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.TraceId;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Makes entries of what happened. For one thread. */
final class EntryEncoder {

  private static final int NANOS_PER_MICRO = 1_000;

  /** How many texts of addresses are remembered; a power of two. */
  private static final int ADDRESSES = 256;

  private final EntryWriter out;
  private final byte[] trace = new byte[2 * Long.BYTES];
  private final ByteBuffer traceNumbers = ByteBuffer.wrap(trace);
  private final @Nullable InetAddress[] addresses = new @Nullable InetAddress[ADDRESSES];
  private final String[] addressTexts = new String[ADDRESSES];

  EntryEncoder(ByteBuffer out) {
    this.out = new EntryWriter(out);
  }

  void intent(long sequence, RecordedUse use) {
    InferenceIntent intent = use.intent;
    Caller caller = intent.caller();
    out.begin(EntryKind.INTENT, sequence, use.beganMicros);
    caller(caller);
    out.text(Field.MODEL, intent.model().value());
    out.text(Field.VERSION, intent.version().value());
    out.bytes(Field.ARTIFACT, intent.artifact());
    out.text(Field.GRANT, intent.grant());
    out.number(Field.ROWS, intent.rows());
    out.number(Field.REQUEST_BYTES, intent.requestBytes());
    trace(intent.trace());
    out.bytes(Field.INPUT_DIGEST, intent.inputDigest());
  }

  /** An outcome has the time of its writing: a clock is read once for many of them. */
  void outcome(long sequence, RecordedUse use, long atMicros) {
    out.begin(EntryKind.OUTCOME, sequence, atMicros);
    out.number(Field.REPLY_BYTES, notNegative(use.replyBytes));
    out.text(Field.OUTCOME, use.outcome().label());
    out.number(Field.LATENCY_MICROS, notNegative(use.latencyNanos) / NANOS_PER_MICRO);
    out.number(Field.INTENT, use.sequence);
  }

  void call(long sequence, OfferedCall offered) {
    PlainCall call = offered.call();
    out.begin(EntryKind.CALL, sequence, offered.atMicros());
    Caller caller = call.caller();
    if (caller != null) {
      caller(caller);
    }
    out.text(Field.ACTION, call.method());
    out.text(Field.RESOURCE, call.resource());
    out.number(Field.REQUEST_BYTES, notNegative(call.requestBytes()));
    out.text(Field.OUTCOME, call.outcome().label());
    out.number(Field.LATENCY_MICROS, notNegative(call.latencyNanos()) / NANOS_PER_MICRO);
    trace(call.trace());
  }

  void dropped(long sequence, long atMicros, long count) {
    out.begin(EntryKind.DROPPED, sequence, atMicros);
    out.number(Field.COUNT, count);
  }

  private void caller(Caller caller) {
    out.text(Field.CALLER, caller.id().value());
    out.text(Field.TEAM, caller.team().value());
    out.text(Field.CREDENTIAL, caller.credentialFingerprint());
    out.text(Field.ADDRESS, text(caller.address()));
  }

  private void trace(@Nullable TraceId id) {
    if (id != null) {
      traceNumbers.putLong(0, id.high()).putLong(Long.BYTES, id.low());
      out.bytes(Field.TRACE, trace);
    }
  }

  private String text(InetAddress address) {
    int slot = address.hashCode() & (ADDRESSES - 1);
    if (!address.equals(addresses[slot])) {
      addresses[slot] = address;
      addressTexts[slot] = address.getHostAddress();
    }
    return addressTexts[slot];
  }

  /** What a clock that was set back makes of a duration. */
  private static long notNegative(long value) {
    return Math.max(0, value);
  }
}
