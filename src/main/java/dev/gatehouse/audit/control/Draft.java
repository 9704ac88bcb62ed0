package dev.gatehouse.audit.control;

import dev.gatehouse.audit.Anchors;
import dev.gatehouse.audit.ControlEvent;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.EntryWriter;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.TraceId;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An entry that has no place in the log yet.
 *
 * @param kind what it is about
 * @param timeMicros when that happened, in microseconds since 1970
 * @param fields writes what it says
 */
record Draft(EntryKind kind, long timeMicros, Consumer<EntryWriter> fields) {

  /** The outcome of a journal that its own process ended. */
  static final String ORDERLY = "OK";

  /** The outcome of a journal whose process died. */
  static final String ENDED_BY_ANOTHER = "FAILED";

  private static final int TRACE_BYTES = 16;

  /** Its bytes at a place in the log. */
  byte[] at(long sequence, ByteBuffer buffer) {
    EntryWriter writer = new EntryWriter(buffer.clear());
    writer.begin(kind, sequence, timeMicros);
    fields.accept(writer);
    return writer.finished();
  }

  static Draft begun(long timeMicros, String origin) {
    return new Draft(EntryKind.LOG_BEGUN, timeMicros, out -> out.text(Field.ORIGIN, origin));
  }

  /** A change or event; {@code count} stands for so many like it. */
  static Draft change(long timeMicros, ControlEvent event, long count, String replica) {
    return new Draft(EntryKind.CHANGE, timeMicros, out -> write(event, count, replica, out));
  }

  private static void write(ControlEvent event, long count, String replica, EntryWriter out) {
    Caller caller = event.caller();
    if (caller != null) {
      out.text(Field.CALLER, caller.id().value());
      out.text(Field.TEAM, caller.team().value());
      out.text(Field.CREDENTIAL, caller.credentialFingerprint());
      out.text(Field.STRENGTH, caller.credential().strength().name());
      out.text(Field.ADDRESS, caller.address().getHostAddress());
    }
    out.text(Field.ACTION, event.action());
    out.text(Field.RESOURCE, event.resource());
    out.text(Field.DETAIL, event.detail());
    out.text(Field.OUTCOME, event.outcome());
    out.number(
        Field.LATENCY_MICROS, TimeUnit.NANOSECONDS.toMicros(Math.max(0, event.latencyNanos())));
    out.bytes(Field.TRACE, trace(event.trace()));
    if (count > 1) {
      out.number(Field.COUNT, count);
    }
    out.text(Field.REPLICA, replica);
  }

  private static byte @Nullable [] trace(@Nullable TraceId trace) {
    return trace == null
        ? null
        : ByteBuffer.allocate(TRACE_BYTES).putLong(trace.high()).putLong(trace.low()).array();
  }

  static Draft opened(long timeMicros, String journal, String replica) {
    return new Draft(
        EntryKind.JOURNAL_OPENED,
        timeMicros,
        out -> {
          out.text(Field.REPLICA, replica);
          out.text(Field.JOURNAL, journal);
        });
  }

  static Draft anchored(long timeMicros, Anchors.Segment segment, String replica) {
    return new Draft(
        EntryKind.SEGMENT_ANCHORED,
        timeMicros,
        out -> {
          out.number(Field.COUNT, segment.count());
          out.text(Field.REPLICA, replica);
          out.text(Field.JOURNAL, segment.journal());
          out.number(Field.SEGMENT, segment.number());
          out.number(Field.FIRST, segment.first());
          out.bytes(Field.ROOT, segment.root().bytes());
          out.bytes(Field.CHAIN, segment.chain().bytes());
          if (segment.tornBytes() > 0) {
            out.number(Field.TORN_BYTES, segment.tornBytes());
          }
        });
  }

  static Draft closed(
      long timeMicros,
      String journal,
      long segments,
      long entries,
      Hash chain,
      boolean orderly,
      String replica) {
    return new Draft(
        EntryKind.JOURNAL_CLOSED,
        timeMicros,
        out -> {
          out.text(Field.OUTCOME, orderly ? ORDERLY : ENDED_BY_ANOTHER);
          out.number(Field.COUNT, entries);
          out.text(Field.REPLICA, replica);
          out.text(Field.JOURNAL, journal);
          out.number(Field.SEGMENT, segments);
          out.bytes(Field.CHAIN, chain.bytes());
        });
  }

  static Draft keyUsed(long timeMicros, String verifierKey, String replica) {
    return new Draft(
        EntryKind.KEY_USED,
        timeMicros,
        out -> {
          out.text(Field.REPLICA, replica);
          out.text(Field.KEY, verifierKey);
        });
  }
}
