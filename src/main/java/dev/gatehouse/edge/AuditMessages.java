package dev.gatehouse.edge;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.export.ExportFilter;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.query.ConsistencyProof;
import dev.gatehouse.audit.query.EntryFilter;
import dev.gatehouse.audit.query.EntryName;
import dev.gatehouse.audit.query.EntryProof;
import dev.gatehouse.audit.query.FoundEntry;
import dev.gatehouse.stubs.admin.v1.AuditConsistencyProof;
import dev.gatehouse.stubs.admin.v1.AuditEntry;
import dev.gatehouse.stubs.admin.v1.AuditEntryProof;
import dev.gatehouse.stubs.admin.v1.AuditFilter;
import dev.gatehouse.stubs.admin.v1.AuditOutcome;
import dev.gatehouse.stubs.admin.v1.AuditSegmentProof;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What is found in the record, as messages; and filters, from messages. */
final class AuditMessages {

  private static final String COLLECTION = "auditEntries/";

  /** The most characters of a text to look for: the bound of the field, in bytes. */
  private static final int TEXT_MAX = 1024;

  private AuditMessages() {}

  /**
   * An entry.
   *
   * @param digest makes a stored input digest one that can be compared; empty if it cannot
   */
  static AuditEntry entry(FoundEntry found, UnaryOperator<String> digest) {
    Entry entry = found.entry();
    AuditEntry.Builder message =
        AuditEntry.newBuilder()
            .setName(COLLECTION + found.name())
            .setLog(
                found.journal() == null ? AuditEntry.Log.LOG_CONTROL : AuditEntry.Log.LOG_JOURNAL)
            .setJournal(found.journal() == null ? "" : found.journal())
            .setSequence(entry.sequence())
            .setKind(entry.kind().label())
            .setTime(Protobuf.timestamp(entry.time()))
            .setEntry(UnsafeByteOperations.unsafeWrap(found.bytes()));
    entry
        .fields()
        .forEach(
            (field, value) ->
                message.putFields(
                    field.label(),
                    field == Field.INPUT_DIGEST
                        ? digest.apply(value.toString())
                        : value.toString()));
    if (entry.kind() == EntryKind.INTENT && found.ended() != null) {
      message.setOutcome(outcome(found.journal(), found.ended()));
    }
    return message.build();
  }

  private static AuditOutcome outcome(@Nullable String journal, Entry ended) {
    String outcome = ended.text(Field.OUTCOME);
    return AuditOutcome.newBuilder()
        .setName(COLLECTION + new EntryName(journal, ended.sequence()))
        .setOutcome(outcome == null ? "" : outcome)
        .setReplyBytes(ended.number(Field.REPLY_BYTES))
        .setLatencyMicros(ended.number(Field.LATENCY_MICROS))
        .build();
  }

  /** The name of an entry. */
  static EntryName name(String name) {
    String id = name.startsWith(COLLECTION) ? name.substring(COLLECTION.length()) : "";
    return EntryName.parse(id)
        .orElseThrow(
            () ->
                ResourceNames.invalid(
                    "name",
                    "must be auditEntries/c-{sequence} or auditEntries/j-{journal}-{sequence}"));
  }

  /** A filter. */
  static EntryFilter filter(AuditFilter filter) {
    return new EntryFilter(
        log(filter.getLog()),
        filter.getCaller().isEmpty()
            ? null
            : ResourceNames.caller("filter.caller", filter.getCaller()).value(),
        filter.getModel().isEmpty()
            ? null
            : ResourceNames.model("filter.model", filter.getModel()).value(),
        text("filter.action", filter.getAction()),
        text("filter.outcome", filter.getOutcome()),
        filter.hasStartTime() ? Protobuf.instant("filter.start_time", filter.getStartTime()) : null,
        filter.hasEndTime() ? Protobuf.instant("filter.end_time", filter.getEndTime()) : null);
  }

  /** A filter for an export, which is of both logs. */
  static ExportFilter exportFilter(AuditFilter filter) {
    EntryFilter read = filter(filter);
    if (read.log() != null) {
      throw ResourceNames.invalid("filter.log", "an export is of both logs");
    }
    return new ExportFilter(
        read.caller(), read.model(), read.action(), read.outcome(), read.start(), read.end());
  }

  private static EntryKind.@Nullable Log log(AuditEntry.Log log) {
    return switch (log) {
      case LOG_UNSPECIFIED -> null;
      case LOG_CONTROL -> EntryKind.Log.CONTROL;
      case LOG_JOURNAL -> EntryKind.Log.JOURNAL;
      case UNRECOGNIZED -> throw ResourceNames.invalid("filter.log", "control or journal");
    };
  }

  private static @Nullable String text(String field, String text) {
    if (text.length() > TEXT_MAX) {
      throw ResourceNames.invalid(field, "is longer than " + TEXT_MAX + " characters");
    }
    return text.isEmpty() ? null : text;
  }

  /** The proof of an entry. */
  static AuditEntryProof proof(EntryProof proof) {
    AuditEntryProof.Builder message =
        AuditEntryProof.newBuilder()
            .setEntry(UnsafeByteOperations.unsafeWrap(proof.entry()))
            .setControlEntry(UnsafeByteOperations.unsafeWrap(proof.controlEntry()))
            .setLeafIndex(proof.index())
            .setTreeSize(proof.size())
            .setRootHash(UnsafeByteOperations.unsafeWrap(proof.root().bytes()));
    hashes(proof.path(), message::addPath);
    EntryProof.InSegment inSegment = proof.inSegment();
    if (inSegment != null) {
      AuditSegmentProof.Builder segment =
          AuditSegmentProof.newBuilder()
              .setJournal(inSegment.journal())
              .setSegment(inSegment.segment())
              .setLeafIndex(inSegment.index())
              .setTreeSize(inSegment.size())
              .setRootHash(UnsafeByteOperations.unsafeWrap(inSegment.root().bytes()));
      hashes(inSegment.path(), segment::addPath);
      message.setSegmentProof(segment);
    }
    return message.build();
  }

  /** A proof that one tree is the beginning of another. */
  static AuditConsistencyProof proof(ConsistencyProof proof) {
    AuditConsistencyProof.Builder message =
        AuditConsistencyProof.newBuilder()
            .setFirstSize(proof.firstSize())
            .setFirstRootHash(UnsafeByteOperations.unsafeWrap(proof.firstRoot().bytes()))
            .setSecondSize(proof.secondSize())
            .setSecondRootHash(UnsafeByteOperations.unsafeWrap(proof.secondRoot().bytes()));
    hashes(proof.path(), message::addPath);
    return message.build();
  }

  private static void hashes(List<Hash> path, Consumer<ByteString> add) {
    for (Hash hash : path) {
      add.accept(UnsafeByteOperations.unsafeWrap(hash.bytes()));
    }
  }
}
