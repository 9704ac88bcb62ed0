package dev.gatehouse.audit.entry;

import static dev.gatehouse.audit.entry.Field.ACTION;
import static dev.gatehouse.audit.entry.Field.ADDRESS;
import static dev.gatehouse.audit.entry.Field.ARTIFACT;
import static dev.gatehouse.audit.entry.Field.CALLER;
import static dev.gatehouse.audit.entry.Field.CHAIN;
import static dev.gatehouse.audit.entry.Field.COUNT;
import static dev.gatehouse.audit.entry.Field.CREDENTIAL;
import static dev.gatehouse.audit.entry.Field.DETAIL;
import static dev.gatehouse.audit.entry.Field.FIRST;
import static dev.gatehouse.audit.entry.Field.GRANT;
import static dev.gatehouse.audit.entry.Field.JOURNAL;
import static dev.gatehouse.audit.entry.Field.KEY;
import static dev.gatehouse.audit.entry.Field.LATENCY_MICROS;
import static dev.gatehouse.audit.entry.Field.MODEL;
import static dev.gatehouse.audit.entry.Field.ORIGIN;
import static dev.gatehouse.audit.entry.Field.REPLICA;
import static dev.gatehouse.audit.entry.Field.REPLY_BYTES;
import static dev.gatehouse.audit.entry.Field.REQUEST_BYTES;
import static dev.gatehouse.audit.entry.Field.RESOURCE;
import static dev.gatehouse.audit.entry.Field.ROOT;
import static dev.gatehouse.audit.entry.Field.ROWS;
import static dev.gatehouse.audit.entry.Field.SEGMENT;
import static dev.gatehouse.audit.entry.Field.STRENGTH;
import static dev.gatehouse.audit.entry.Field.TEAM;
import static dev.gatehouse.audit.entry.Field.TORN_BYTES;
import static dev.gatehouse.audit.entry.Field.TRACE;
import static dev.gatehouse.audit.entry.Field.VERSION;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an entry is about, with the fields it must and may have. Append-only: a kind keeps its code
 * and its meaning for ever.
 */
public enum EntryKind {
  /** A call was admitted to a model; written before it runs. */
  INTENT(
      1,
      Log.JOURNAL,
      EnumSet.of(CALLER, TEAM, CREDENTIAL, MODEL, VERSION, GRANT, ROWS, REQUEST_BYTES),
      EnumSet.of(ADDRESS, ARTIFACT, TRACE, Field.INPUT_DIGEST)),
  /** An admitted call ended. */
  OUTCOME(
      2,
      Log.JOURNAL,
      EnumSet.of(Field.INTENT, Field.OUTCOME, REPLY_BYTES, LATENCY_MICROS),
      EnumSet.noneOf(Field.class)),
  /** A call read something, or was refused before it was admitted. */
  CALL(
      3,
      Log.JOURNAL,
      EnumSet.of(ACTION, Field.OUTCOME, REQUEST_BYTES, LATENCY_MICROS),
      EnumSet.of(CALLER, TEAM, CREDENTIAL, ADDRESS, RESOURCE, TRACE)),
  /** Entries of calls that need not be recorded were not kept. */
  DROPPED(4, Log.JOURNAL, EnumSet.of(COUNT), EnumSet.noneOf(Field.class)),

  /** The first entry of a control log. */
  LOG_BEGUN(16, Log.CONTROL, EnumSet.of(ORIGIN), EnumSet.noneOf(Field.class)),
  /** An administrative change or security event, done or refused. */
  CHANGE(
      17,
      Log.CONTROL,
      EnumSet.of(ACTION, RESOURCE, Field.OUTCOME, LATENCY_MICROS, REPLICA),
      EnumSet.of(CALLER, TEAM, CREDENTIAL, STRENGTH, ADDRESS, DETAIL, TRACE, COUNT)),
  /** A replica began a journal. */
  JOURNAL_OPENED(18, Log.CONTROL, EnumSet.of(JOURNAL, REPLICA), EnumSet.noneOf(Field.class)),
  /** A segment of a journal was closed; this is what it holds. */
  SEGMENT_ANCHORED(
      19,
      Log.CONTROL,
      EnumSet.of(JOURNAL, SEGMENT, FIRST, COUNT, ROOT, CHAIN, REPLICA),
      EnumSet.of(TORN_BYTES)),
  /** A journal ended: no segment follows. */
  JOURNAL_CLOSED(
      20,
      Log.CONTROL,
      // SEGMENT: how many segments it has; COUNT: how many entries.
      EnumSet.of(JOURNAL, SEGMENT, COUNT, CHAIN, REPLICA, Field.OUTCOME),
      EnumSet.noneOf(Field.class)),
  /** A key began to sign checkpoints. */
  KEY_USED(21, Log.CONTROL, EnumSet.of(KEY, REPLICA), EnumSet.noneOf(Field.class));

  /** Where entries of a kind are. */
  public enum Log {
    /** The journal of one replica. */
    JOURNAL,
    /** The control log of the installation. */
    CONTROL
  }

  private static final @Nullable EntryKind[] BY_CODE = byCode();

  private final int code;
  private final Log log;

  @SuppressWarnings("ImmutableEnumChecker") // never handed out, never changed
  private final EnumSet<Field> required;

  @SuppressWarnings("ImmutableEnumChecker") // never handed out, never changed
  private final EnumSet<Field> allowed;

  /** The bits of the ordinals of {@link #allowed}. */
  private final long allowedBits;

  EntryKind(int code, Log log, EnumSet<Field> required, EnumSet<Field> optional) {
    this.code = code;
    this.log = log;
    this.required = required;
    this.allowed = EnumSet.copyOf(required);
    this.allowed.addAll(optional);
    this.allowedBits = allowed.stream().mapToLong(field -> 1L << field.ordinal()).sum();
  }

  /** Its number in the bytes of an entry, 1 to 255. */
  public int code() {
    return code;
  }

  /** The log its entries are in. */
  public Log log() {
    return log;
  }

  /** Whether an entry of this kind may have {@code field}. */
  public boolean allows(Field field) {
    return (allowedBits & 1L << field.ordinal()) != 0;
  }

  /** Whether an entry of this kind must have {@code field}. */
  public boolean requires(Field field) {
    return required.contains(field);
  }

  /** Whether {@code present} are all that it must have, and none that it must not. */
  boolean accepts(Set<Field> present) {
    return present.containsAll(required) && allowed.containsAll(present);
  }

  /** Its name in exports: {@code segment_anchored}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The kind of that code, or null if there is none. */
  public static @Nullable EntryKind ofCode(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }

  private static @Nullable EntryKind[] byCode() {
    @Nullable EntryKind[] kinds = new @Nullable EntryKind[256];
    for (EntryKind kind : values()) {
      kinds[kind.code] = kind;
    }
    return kinds;
  }
}
