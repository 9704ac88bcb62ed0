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
import java.util.Set;
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
      ResponseMode mode, String one, @Nullable String others, String... excused) {
    ResponseSettings settings = new ResponseSettings(mode, Duration.ofHours(1), 5, WINDOW, true);
    List<Finding> all =
        others == null
            ? List.of()
            : Arrays.stream(others.split(" ")).map(PolicyTest::finding).toList();
    return new Policy(TestRules::find, settings).propose(finding(one), all, Set.of(excused), NOW);
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

  @ParameterizedTest(name = "{0} with {1}, released from {2}, leads to {3}")
  @CsvSource({
    // the same again, and what looks at the same thing, though it is critical
    "surge, , surge, ",
    "surge, , drift, ",
    "surge, probing-models, surge, ",
    // another critical rule
    "probing-models, , surge, QUARANTINED",
    "probing-models, surge, surge, QUARANTINED",
    "surge, probing-models, probing-models, THROTTLED",
    // a warning, with what was excused or alone, is too little
    "near-copies, surge, surge, ",
    "near-copies, drift, drift near-copies, ",
    "near-copies, drift new-volume, drift near-copies, ",
    "near-copies, drift, drip, ",
    // two warnings of two other things
    "near-copies, drift new-volume, drift, QUARANTINED",
    "near-copies, drift, new-volume, DEGRADED",
    // a rule that is in the catalogue no more excuses nothing else
    "surge, , gone, THROTTLED"
  })
  void propose_afterARelease_leavesOutWhatItExcuses(
      String one, @Nullable String others, String excused, @Nullable Restraint restraint) {
    assertEquals(
        Optional.ofNullable(restraint),
        propose(ResponseMode.ACT, one, others, excused.split(" ", -1)).map(Proposal::restraint));
  }

  @Test
  void rulesIn_reason_areThoseOfTheProposal() {
    Proposal two = propose(ResponseMode.ACT, "drift", "near-copies").orElseThrow();
    assertEquals(Optional.of(Set.of("drift", "near-copies")), Proposal.rulesIn(two.reason()));
    Proposal one = propose(ResponseMode.ACT, "surge", null).orElseThrow();
    assertEquals(Optional.of(Set.of("surge")), Proposal.rulesIn(one.reason()));
    assertEquals(Optional.empty(), Proposal.rulesIn("too many rows"));
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
