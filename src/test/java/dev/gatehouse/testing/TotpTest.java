package dev.gatehouse.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TotpTest {

  /** The ASCII text 12345678901234567890 of RFC 6238, appendix B. */
  private static final String RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

  /** The table for SHA-1, whose eight digits end with our six. */
  @ParameterizedTest
  @CsvSource({
    "59, 94287082",
    "1111111109, 07081804",
    "1111111111, 14050471",
    "1234567890, 89005924",
    "2000000000, 69279037",
    "20000000000, 65353130"
  })
  void code_timesOfTheRfc_areItsLastSixDigits(long seconds, String eightDigits) {
    long step = Totp.step(Instant.ofEpochSecond(seconds));
    assertEquals(eightDigits.substring(2), new Totp(RFC_SECRET).code(step));
  }

  @Test
  void totp_secretThatIsNotBase32_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Totp("018"));
  }

  @Test
  void next_severalWithinAStep_areOfDifferentStepsThatTheServerTakes() {
    long second = 30 * 1_000_000;
    assertEquals(999_999, OneTimeCodes.next(0, second));
    assertEquals(1_000_000, OneTimeCodes.next(999_999, second));
    assertEquals(1_000_001, OneTimeCodes.next(1_000_000, second));
    // Too far ahead yet: to be waited for.
    assertEquals(1_000_002, OneTimeCodes.next(1_000_001, second));
    assertEquals(
        30, OneTimeCodes.waitSeconds(1_000_002, second), "until it is the next one, not earlier");
    assertEquals(0, OneTimeCodes.waitSeconds(1_000_001, second));
    assertEquals(1, OneTimeCodes.waitSeconds(1_000_002, second + 29));
  }

  @Test
  void next_lateInAStep_doesNotRelyOnTheLastOne() {
    assertEquals(1_000_000, OneTimeCodes.next(0, 30 * 1_000_000 + 20));
  }
}
