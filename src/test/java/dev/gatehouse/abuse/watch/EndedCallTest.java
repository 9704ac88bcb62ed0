package dev.gatehouse.abuse.watch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.gatehouse.core.AuthenticationStrength;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.Credential;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.TeamName;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class EndedCallTest {

  private static int tokens;

  private static String credential(
      CallerKind kind,
      boolean bound,
      @Nullable String key,
      @Nullable String session,
      @Nullable String client) {
    Credential token =
        new Credential(
            "fingerprint-" + tokens++,
            AuthenticationStrength.TOKEN,
            bound,
            Instant.EPOCH,
            Instant.MAX,
            Instant.MIN,
            key,
            session,
            client);
    return EndedCall.credential(
        new Caller(
            WatchScript.ANNA,
            new TeamName("team"),
            kind,
            Set.of(),
            false,
            token,
            InetAddress.getLoopbackAddress()));
  }

  /** Each of these is made with a token of its own. */
  @Test
  void credential_ofARenewedToken_isTheSame() {
    CallerKind program = CallerKind.SERVICE;
    String client = credential(program, false, null, "s1", "orders");
    assertEquals(client, credential(program, false, null, "s2", "orders"));
    assertEquals(client, credential(program, false, null, null, "orders"));
    assertEquals(
        client, credential(CallerKind.PARTNER, false, null, "s3", "orders"), "not by session");
    assertNotEquals(client, credential(program, true, null, null, "orders"));
    assertNotEquals(client, credential(program, false, null, null, "other"));
    assertEquals(
        credential(program, false, null, null, null), credential(program, false, null, null, null));
  }

  @Test
  void credential_ofPeopleAndKeys_isTheSessionAndTheKey() {
    String session = credential(CallerKind.PERSON, false, null, "s1", "console");
    assertEquals(session, credential(CallerKind.PERSON, false, null, "s1", "console"));
    assertNotEquals(session, credential(CallerKind.PERSON, false, null, "s2", "console"));
    String key = credential(CallerKind.SERVICE, false, "k1", null, null);
    assertEquals(key, credential(CallerKind.SERVICE, false, "k1", "s1", "orders"));
    assertNotEquals(key, credential(CallerKind.SERVICE, false, "k2", null, null));
    assertNotEquals(
        credential(CallerKind.SERVICE, false, "x", null, null),
        credential(CallerKind.SERVICE, false, null, "x", null));
  }

  @Test
  void endedCall_ofALongNameAndNegativeAmounts_isCut() {
    EndedCall call =
        new EndedCall(
            WatchScript.caller(WatchScript.ANNA),
            "x".repeat(1 << 20),
            Outcome.OK,
            -1,
            -1,
            -1,
            -1,
            0);
    assertEquals(EndedCall.MODEL_CHARS_MAX, String.valueOf(call.model()).length());
    assertEquals(0, call.observed(Instant.EPOCH).rows());
    assertEquals(0, call.observed(Instant.EPOCH).latencyNanos());
  }
}
