package dev.gatehouse.core;

import java.util.HexFormat;
import java.util.Optional;

/**
 * The id of a trace, as W3C Trace Context has it: 16 bytes, not all zero.
 *
 * @param high the first 8 bytes
 * @param low the last 8 bytes
 */
public record TraceId(long high, long low) {

  /** The length of the text. */
  private static final int DIGITS = 32;

  /** Version, trace, parent and flags: {@code 00-<32>-<16>-<2>}. */
  private static final int TRACEPARENT_LENGTH = 55;

  private static final int TRACE_START = 3;

  /**
   * The trace that a {@code traceparent} header names; empty if there is none or it is malformed,
   * since a broken header of a caller is no reason to refuse its call.
   */
  public static Optional<TraceId> ofTraceparent(String header) {
    if (header.length() < TRACEPARENT_LENGTH
        || header.charAt(2) != '-'
        || header.charAt(TRACE_START + DIGITS) != '-') {
      return Optional.empty();
    }
    for (int i = TRACE_START; i < TRACE_START + DIGITS; i++) {
      char digit = header.charAt(i);
      if (!(digit >= '0' && digit <= '9' || digit >= 'a' && digit <= 'f')) {
        return Optional.empty();
      }
    }
    TraceId id =
        new TraceId(
            HexFormat.fromHexDigitsToLong(header, TRACE_START, TRACE_START + DIGITS / 2),
            HexFormat.fromHexDigitsToLong(header, TRACE_START + DIGITS / 2, TRACE_START + DIGITS));
    return id.high == 0 && id.low == 0 ? Optional.empty() : Optional.of(id);
  }

  /** 32 digits, lower case. */
  @Override
  public String toString() {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(high) + hex.toHexDigits(low);
  }
}
