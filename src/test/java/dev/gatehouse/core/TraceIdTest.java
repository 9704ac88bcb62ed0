package dev.gatehouse.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TraceIdTest {

  private static final TraceId ID = new TraceId(0x0af7651916cd43ddL, 0x8448eb211c80319cL);

  @Test
  void ofTraceparent_wellFormed_isTheTrace() {
    assertEquals(
        Optional.of(ID),
        TraceId.ofTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
  }

  @Test
  void ofTraceparent_ofALaterVersion_isTheTrace() {
    assertEquals(
        Optional.of(ID),
        TraceId.ofTraceparent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later"));
  }

  @Test
  void toString_isHexWithLeadingZeros() {
    assertEquals("0af7651916cd43dd8448eb211c80319c", ID.toString());
    assertEquals("00000000000000000000000000000001", new TraceId(0, 1).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
        "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c8031\u00e9c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01"
      })
  void ofTraceparent_malformed_isNone(String header) {
    assertEquals(Optional.empty(), TraceId.ofTraceparent(header));
  }
}
