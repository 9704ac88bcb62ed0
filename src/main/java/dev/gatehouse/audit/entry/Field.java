package dev.gatehouse.audit.entry;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What an entry can say, beside its kind, its sequence number and its time. Append-only: a field
 * keeps its tag, its type and its meaning for ever.
 */
public enum Field {
  /** The id of the caller; absent where nobody registered was proved, or the gateway acted. */
  CALLER(1, Type.TEXT),
  /** The caller's team. */
  TEAM(2, Type.TEXT),
  /** The fingerprint of the credential: the first 8 bytes of its SHA-256, in hex. */
  CREDENTIAL(3, Type.TEXT),
  /** How strongly the caller had proved itself. */
  STRENGTH(4, Type.TEXT),
  /** The network address the call came from. */
  ADDRESS(5, Type.TEXT),
  /** What was done: such as {@code models.create}, or the full name of a method. */
  ACTION(6, Type.TEXT),
  /** What it was done to, as the caller named it. */
  RESOURCE(7, Type.TEXT),
  /** What else there is to say about a change. */
  DETAIL(8, Type.LONG_TEXT),
  /** The model. */
  MODEL(9, Type.TEXT),
  /** The version that ran. */
  VERSION(10, Type.TEXT),
  /** The SHA-256 of the model file that ran. */
  ARTIFACT(11, Type.HASH),
  /** The id of the grant that allowed the call. */
  GRANT(12, Type.TEXT),
  /** The rows of the batch. */
  ROWS(13, Type.NUMBER),
  /** The bytes of the tensors or of the request. */
  REQUEST_BYTES(14, Type.NUMBER),
  /** The bytes of the tensors answered. */
  REPLY_BYTES(15, Type.NUMBER),
  /** How it ended: {@code OK}, the reason of the refusal, or for changes BEGUN and FAILED. */
  OUTCOME(16, Type.TEXT),
  /** From its arrival to its end, in microseconds. */
  LATENCY_MICROS(17, Type.NUMBER),
  /** The trace of the caller, as W3C Trace Context has it. */
  TRACE(18, Type.TRACE),
  /** The keyed digest of the inputs, blinded, and the key it was made with. */
  INPUT_DIGEST(19, Type.BYTES),
  /** The sequence number of the intent that an outcome ends. */
  INTENT(20, Type.NUMBER),
  /** How many there were: entries that were dropped, refusals that are told as one. */
  COUNT(21, Type.NUMBER),
  /** The id of the replica. */
  REPLICA(22, Type.TEXT),
  /** The id of a journal: 32 hex digits. */
  JOURNAL(23, Type.TEXT),
  /** The number of a segment in its journal, from 0. */
  SEGMENT(24, Type.NUMBER),
  /** The sequence number of the first entry of a segment. */
  FIRST(25, Type.NUMBER),
  /** The root of the Merkle tree of a segment. */
  ROOT(26, Type.HASH),
  /** The hash that ends the chain of a segment. */
  CHAIN(27, Type.HASH),
  /** The name of the log, as its checkpoints have it. */
  ORIGIN(28, Type.TEXT),
  /** A public key that signs checkpoints, in the form of a C2SP verifier key. */
  KEY(29, Type.TEXT),
  /** The bytes of a torn tail that were cut off. */
  TORN_BYTES(30, Type.NUMBER);

  /** The form of the value of a field. */
  public enum Type {
    /** UTF-8, at most 1,024 bytes. */
    TEXT(0, 1024),
    /** UTF-8, at most 4,096 bytes. */
    LONG_TEXT(0, 4096),
    /** An unsigned number below 2<sup>63</sup>, big-endian, without leading zero bytes. */
    NUMBER(0, 8),
    /** 32 bytes. */
    HASH(32, 32),
    /** 16 bytes. */
    TRACE(16, 16),
    /** At most 64 bytes. */
    BYTES(1, 64);

    private final int bytesMin;
    private final int bytesMax;

    Type(int bytesMin, int bytesMax) {
      this.bytesMin = bytesMin;
      this.bytesMax = bytesMax;
    }
  }

  private static final @Nullable Field[] BY_TAG = byTag();

  private final int tag;
  private final Type type;

  Field(int tag, Type type) {
    this.tag = tag;
    this.type = type;
  }

  /** The number of the field in the bytes of an entry, 1 to 255. */
  public int tag() {
    return tag;
  }

  /** The form of its value. */
  public Type type() {
    return type;
  }

  /** The fewest bytes of its value. */
  public int bytesMin() {
    return type.bytesMin;
  }

  /** The most bytes of its value. */
  public int bytesMax() {
    return type.bytesMax;
  }

  /** Its name in exports: {@code request_bytes}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The field of that tag, or null if there is none. */
  public static @Nullable Field ofTag(int tag) {
    return tag >= 0 && tag < BY_TAG.length ? BY_TAG[tag] : null;
  }

  private static @Nullable Field[] byTag() {
    @Nullable Field[] fields = new @Nullable Field[256];
    for (Field field : values()) {
      fields[field.tag] = field;
    }
    return fields;
  }
}
