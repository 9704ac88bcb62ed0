package dev.gatehouse.abuse.response;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.abuse.CallerRule;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Restraint;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PolicyTest {

  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
  private static final Duration WINDOW = Duration.ofMinutes(10);

  /**
   * A finding as a table has it: {@code rule/caller/seconds ago/response}, of which the last three
   * may be left out.
   */
  private static Finding finding(String text) {
    String[] parts = text.strip().split("/", -1);
    CallerRule rule = TestRules.find(parts[0]).orElseThrow();
    String caller = parts.length > 1 && !parts[1].isEmpty() ? parts[1] : "thief";
    int secondsAgo = parts.length > 2 ? Integer.parseInt(parts[2]) : 0;
    Finding.Response response =
        parts.length > 3 ? Finding.Response.valueOf(parts[3]) : Finding.Response.NONE;
    Instant at = NOW.minusSeconds(secondsAgo);
    return new Finding(
        parts[0] + secondsAgo,
        rule.id(),
        rule.severity(),
        Finding.Source.GATEWAY,
        new CallerId(caller),
        null,
        "",
        0,
        response,
        null,
        at,
        at,
        response == Finding.Response.UNCONFIRMED ? null : at);
  }

  private static Optional<Proposal> propose(
      ResponseMode mode, String one, @Nullable String others) {
    ResponseSettings settings = new ResponseSettings(mode, Duration.ofHours(1), 5, WINDOW, true);
    List<Finding> all =
        others == null
            ? List.of()
            : Arrays.stream(others.split(" ")).map(PolicyTest::finding).toList();
    return new Policy(TestRules::find, settings).propose(finding(one), all, NOW);
  }

  @ParameterizedTest(name = "{0} with {1} leads to {2}")
  @CsvSource({
    // one critical is enough
    "surge, , THROTTLED",
    "probing-models, , QUARANTINED",
    // one warning is not, nor the same rule again
    "drift, , ",
    "drift, drift, ",
    "drift, drift drift//60, ",
    // nor another rule that looks at the same thing
    "drift, drip, ",
    "drift, drip near-copies, DEGRADED",
    // two signs are, up to the end of the window
    "drift, near-copies, DEGRADED",
    "drift, near-copies//600, DEGRADED",
    "drift, near-copies//601, ",
    "near-copies, drift, DEGRADED",
    // another caller's, and one that nobody confirmed, are no signs
    "drift, near-copies/honest, ",
    "drift, near-copies//0/UNCONFIRMED, ",
    // one that led to something already is a sign
    "drift, near-copies//0/SHADOW, DEGRADED",
    "drift, near-copies//0/RESTRICTED, DEGRADED",
    "drift, near-copies//0/LIMITED, DEGRADED",
    // the strictest of all
    "surge, near-copies, DEGRADED",
    "surge, new-volume near-copies, QUARANTINED",
    // rules without a restraint are no signs
    "operations, , ",
    "operations, surge, ",
    "drift, operations, ",
    // names that stand for many
    "surge/other, , ",
    "surge/unregistered, , ",
    "drift/other, near-copies/other, "
  })
  void propose_inMode_act(String one, @Nullable String others, @Nullable Restraint restraint) {
    for (ResponseMode mode : List.of(ResponseMode.ACT, ResponseMode.SHADOW)) {
      assertEquals(
          Optional.ofNullable(restraint), propose(mode, one, others).map(Proposal::restraint));
    }
    assertEquals(Optional.empty(), propose(ResponseMode.OFF, one, others));
  }

  @Test
  void proposal_ofTwoRules_saysWhatItIsAndWhy() {
    Proposal proposal = propose(ResponseMode.ACT, "drift", "near-copies").orElseThrow();
    assertEquals(new CallerId("thief"), proposal.caller());
    assertEquals(List.of("drift", "near-copies"), proposal.rules());
    assertEquals("by the policy: drift, near-copies", proposal.reason());
    assertEquals("drift0", proposal.finding());
    assertEquals(Duration.ofHours(1), proposal.duration());
    assertEquals(5, proposal.callersPerHourMax());
    assertFalse(proposal.disableClient(), "clients are disabled with quarantines only");
    assertTrue(propose(ResponseMode.ACT, "probing-models", null).orElseThrow().disableClient());
  }
}
