package dev.gatehouse.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import dev.gatehouse.audit.AuditEvent.InferenceCall;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.testing.TestCallers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an entry looks like, and that no text a caller chooses can break its line. */
final class LineFormatTest {

  private static final Instant AT = Instant.parse("2026-11-21T20:00:00.5Z");

  private final LineFormat format = new LineFormat();

  @Test
  void inference_written_hasEveryField() throws IOException {
    assertEquals(
        "{\"at\":\"2026-11-21T20:00:00.500000Z\",\"kind\":\"inference\","
            + "\"caller\":\"fraud-scoring\",\"team\":\"payments\","
            + "\"credential\":\"0123456789abcdef\",\"model\":\"digits\",\"version\":\"v1\","
            + "\"grant\":\"grant-7\",\"rows\":3,\"request_bytes\":256,\"reply_bytes\":40,"
            + "\"outcome\":\"OK\",\"latency_micros\":1500}",
        line(Events.call(3)));
  }

  @Test
  void change_written_hasEveryField() throws IOException {
    assertEquals(
        "{\"at\":\"2026-11-21T20:00:00.500000Z\",\"kind\":\"change\","
            + "\"caller\":\"fraud-scoring\",\"team\":\"payments\","
            + "\"credential\":\"0123456789abcdef\","
            + "\"action\":\"gatehouse.admin.v1.GrantsService/CreateGrant\","
            + "\"resource\":\"models/digits/grants/g\","
            + "\"outcome\":\"ALREADY_EXISTS\",\"latency_micros\":2}",
        line(Events.change("models/digits/grants/g")));
  }

  @Test
  void refusedCall_withoutCaller_hasNulls() throws IOException {
    assertEquals(
        "{\"at\":\"2026-11-21T20:00:00.500000Z\",\"kind\":\"refused\","
            + "\"caller\":null,\"team\":null,\"credential\":null,"
            + "\"method\":\"inference.GRPCInferenceService/ModelInfer\",\"model\":\"m\","
            + "\"request_bytes\":12,\"outcome\":\"CREDENTIAL_INVALID\",\"latency_micros\":3}",
        line(Events.refused("m")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\nb",
        "a\r\nb",
        "\u0000\u0001\u001b[2J\u007f",
        "\u0085\u2028\u2029\u000b\u000c",
        "\"}\n{\"kind\":\"change\"",
        "\\",
        "\\u000a",
        "modèle-日本-\uD83D\uDE00",
        ""
      })
  void text_hostile_staysOneLineAndComesBack(String text) throws IOException {
    assertEquals(text, roundTrip(text));
  }

  @Test
  void text_loneSurrogates_becomeReplacementCharacters() throws IOException {
    assertEquals("a\uFFFDb\uFFFD", roundTrip("a\uD800b\uDC00"));
    assertEquals("\uFFFD\uD83D\uDE00", roundTrip("\uD83D\uD83D\uDE00"));
  }

  @Test
  void text_ofAMegabyte_isCutWhenTheEventIsMade() throws IOException {
    AuditEvent.PlainCall event = Events.refused("x".repeat(1 << 20));
    String model = String.valueOf(event.model());
    assertEquals(AuditEvent.TEXT_CHARS_MAX, model.length());
    assertTrue(model.endsWith("x…"));
    assertTrue(line(event).length() < 1_000);
  }

  @Test
  void text_cutInsideASurrogatePair_isStillWellFormed() throws IOException {
    String text = "x".repeat(AuditEvent.TEXT_CHARS_MAX - 2) + "\uD83D\uDE00\uD83D\uDE00";
    assertTrue(roundTrip(text).endsWith("x\uFFFD…"));
  }

  @Test
  void text_random_staysOneLineAndComesBack() throws IOException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(40); length > 0; length--) {
        int codePoint =
            switch (random.nextInt(4)) {
              case 0 -> random.nextInt(0x20);
              case 1 -> random.nextInt(0x100);
              case 2 -> 0x2000 + random.nextInt(0x100);
              default -> random.nextInt(Character.MAX_CODE_POINT + 1);
            };
        if (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE) {
          text.appendCodePoint(codePoint);
        }
      }
      assertEquals(text.toString(), roundTrip(text.toString()), "seed " + seed);
    }
  }

  @Test
  void line_ofTheLongestEvents_fitsItsBound() throws IOException {
    String worst = "\uD83D\uDE00".repeat(1 << 16);
    Caller caller =
        TestCallers.caller(
            Events.CALLER.id(),
            Events.CALLER.team(),
            Set.of(),
            "\u0001".repeat(1 << 16),
            Instant.MAX);
    InferenceCall call = Events.call(Long.MAX_VALUE);
    InferenceCall longest =
        new InferenceCall(
            caller,
            call.model(),
            call.version(),
            worst,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            Outcome.OK,
            Long.MAX_VALUE);
    AuditEvent change =
        new AuditEvent.AdministrativeChange(caller, worst, worst, Outcome.OK, Long.MAX_VALUE);
    assertTrue(line(longest).length() < Batch.LINE_BYTES_MAX / 2);
    assertTrue(line(change).length() < Batch.LINE_BYTES_MAX / 2);
  }

  /** Jackson, told to write ASCII, is the judge: the same bytes, escape for escape. */
  @Test
  void text_random_isWrittenAsJacksonWritesIt() throws IOException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(12); length > 0; length--) {
        int codePoint =
            switch (random.nextInt(3)) {
              case 0 -> random.nextInt(0x7f);
              case 1 -> 0x80 + random.nextInt(0x2000);
              default -> 0x1_0000 + random.nextInt(0x10_0000);
            };
        text.appendCodePoint(codePoint);
      }
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
        json.setHighestNonEscapedChar(0x7e);
        json.writeString(text.toString());
      }
      String expected = out.toString(StandardCharsets.US_ASCII);
      String line = line(Events.change(text.toString()));
      assertTrue(line.contains("\"resource\":" + expected + ","), "seed " + seed + ": " + line);
    }
  }

  @Test
  void time_anyFraction_hasSixDecimals() throws IOException {
    for (String time :
        List.of(
            "2026-11-21T20:00:00.000000Z",
            "2026-11-21T20:00:00.000001Z",
            "2026-11-21T20:00:00.999999Z",
            "2026-11-21T20:00:01.100000Z",
            "2026-11-21T19:59:59.020000Z")) {
      assertTrue(line(Instant.parse(time), Events.call(1)).startsWith("{\"at\":\"" + time + "\","));
    }
  }

  @Test
  void number_anyLong_isWritten() throws IOException {
    for (long number :
        new long[] {0, 9, 10, 99, 100, -1, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertTrue(line(Events.call(number)).contains(",\"rows\":" + number + ","));
    }
  }

  @Test
  void dropped_written_hasEveryField() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    format.writeDropped(AT, 7, out);
    assertEquals(
        "{\"at\":\"2026-11-21T20:00:00.500000Z\",\"kind\":\"dropped\",\"count\":7}",
        out.toString(StandardCharsets.US_ASCII));
  }

  private String roundTrip(String text) throws IOException {
    JsonNode entry = Events.parse(line(Events.change(text)));
    assertEquals("change", entry.get("kind").textValue());
    return entry.get("resource").textValue();
  }

  private String line(AuditEvent event) throws IOException {
    return line(AT, event);
  }

  private String line(Instant at, AuditEvent event) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    format.write(at, event, out);
    for (byte b : out.toByteArray()) {
      assertFalse(b < 0x20 || b == 0x7f, () -> "byte " + b + " in " + out);
    }
    return out.toString(StandardCharsets.US_ASCII);
  }
}
