package dev.gatehouse.abuse.response;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.gatehouse.abuse.Severity;
import dev.gatehouse.abuse.response.AlertCheck.Ignored;
import dev.gatehouse.abuse.response.AlertCheck.Verdict;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AlertCheckTest {

  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  private static Verdict check(ReportedAlert alert) {
    return new AlertCheck(TestRules::find).check(alert, NOW);
  }

  private static ReportedAlert alert(long startedSecondsAgo, @Nullable Long endedSecondsAgo) {
    return new ReportedAlert(
        "0a1b",
        true,
        NOW.minusSeconds(startedSecondsAgo),
        endedSecondsAgo == null ? null : NOW.minusSeconds(endedSecondsAgo),
        "surge",
        "thief",
        "digits");
  }

  @ParameterizedTest
  @CsvSource({
    "0, , true",
    "86400, , true",
    "86401, , false",
    "-60, , true",
    "-61, , false",
    "60, 60, true",
    "600, 61, false",
    "60, -3600, true"
  })
  void check_times_countForADay(long started, @Nullable Long ended, boolean taken) {
    assertEquals(taken, check(alert(started, ended)) instanceof Verdict.Taken);
  }

  @Test
  void check_alertOfOurs_takesSeverityAndRuleFromTheCatalogue() {
    Verdict.Taken taken = assertInstanceOf(Verdict.Taken.class, check(alert(5, null)));
    assertEquals("0a1b", taken.fingerprint());
    assertEquals(NOW.minusSeconds(5), taken.startsAt());
    assertEquals("surge", taken.finding().rule());
    assertEquals(Severity.CRITICAL, taken.finding().severity());
    assertEquals(Finding.Source.ALERTMANAGER, taken.finding().source());
    assertEquals("digits", String.valueOf(taken.finding().model()));
    assertEquals("fires in Prometheus since 2026-11-22T11:59:55Z", taken.finding().evidence());
  }

  @ParameterizedTest
  @CsvSource({
    "'', true, surge, thief, MALFORMED",
    "0A, true, surge, thief, MALFORMED",
    "xyz, true, surge, thief, MALFORMED",
    "0a, false, surge, thief, RESOLVED",
    "0a, true, nobody-knows, thief, RULE_UNKNOWN",
    "0a, true, '', thief, RULE_UNKNOWN",
    "0a, true, surge, other, CALLER_UNKNOWN",
    "0a, true, surge, unregistered, CALLER_UNKNOWN",
    "0a, true, surge, '', CALLER_UNKNOWN",
    "0a, true, surge, 'a;drop table', CALLER_UNKNOWN",
    "0a, true, surge, UPPER, CALLER_UNKNOWN"
  })
  void check_whatIsNotOurs_isIgnored(
      String fingerprint, boolean firing, String rule, String caller, Ignored why) {
    assertEquals(
        new Verdict.NotTaken(why),
        check(new ReportedAlert(fingerprint, firing, NOW, null, rule, caller, "")));
  }

  @Test
  void check_withoutStart_isMalformed() {
    assertEquals(
        new Verdict.NotTaken(Ignored.MALFORMED),
        check(new ReportedAlert("0a", true, null, null, "surge", "thief", "")));
  }
}
