package dev.gatehouse.access;

import static dev.gatehouse.access.AccessFixture.START;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatehouse.access.IdentityDrift.Kind;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class DriftComparisonTest {

  private static final Instant NOW = START.plusSeconds(3_600);
  private static final TokenPreview GOOD =
      new TokenPreview("orders-subject", Set.of("gatehouse", "account"), Set.of(Role.CALLER));

  private static RegisteredCaller caller(Standing standing, String subject, Instant createTime) {
    return new RegisteredCaller(
        new CallerId("orders"),
        "",
        new TeamName("shop"),
        CallerKind.SERVICE,
        subject.isEmpty() ? "" : AccessFixture.ISSUER,
        subject,
        "orders",
        Set.of(Role.CALLER),
        standing,
        false,
        false,
        "1",
        createTime,
        createTime);
  }

  private static RegisteredCaller caller(Standing standing) {
    return caller(standing, "orders-subject", START);
  }

  private static IdentityClient client(String clientId, String caller, boolean enabled) {
    return new IdentityClient(
        "key-" + clientId, clientId, caller, enabled, Instant.MIN, "http://anywhere");
  }

  private static List<Kind> kinds(
      @Nullable RegisteredCaller caller,
      @Nullable IdentityClient client,
      @Nullable TokenPreview preview) {
    return compare(
            caller == null ? List.of() : List.of(caller),
            client == null ? List.of() : List.of(client),
            preview)
        .stream()
        .map(IdentityDrift::kind)
        .toList();
  }

  private static List<IdentityDrift> compare(
      List<RegisteredCaller> callers,
      List<IdentityClient> clients,
      @Nullable TokenPreview preview) {
    return DriftComparison.compare(
        callers, Set.of(), clients, "gatehouse", client -> Optional.ofNullable(preview), NOW);
  }

  @Test
  void compare_clientDisabledWithAQuarantine_isAsItShouldBe() {
    RegisteredCaller orders = caller(Standing.ACTIVE);
    for (boolean enabled : new boolean[] {false, true}) {
      assertEquals(
          enabled ? List.of(Kind.CLIENT_ENABLED) : List.of(),
          DriftComparison.compare(
                  List.of(orders),
                  Set.of(orders.id()),
                  List.of(client("orders", "orders", enabled)),
                  "gatehouse",
                  client -> Optional.of(GOOD),
                  NOW)
              .stream()
              .map(IdentityDrift::kind)
              .toList());
    }
  }

  @Test
  void compare_nothingDiffers_nothingFound() {
    assertEquals(List.of(), kinds(caller(Standing.ACTIVE), client("orders", "orders", true), GOOD));
    assertEquals(
        List.of(), kinds(caller(Standing.SUSPENDED), client("orders", "orders", false), GOOD));
    assertEquals(List.of(), kinds(null, client("account", "", true), GOOD), "of somebody else");
  }

  @Test
  void compare_eachDifference_isFound() {
    IdentityClient good = client("orders", "orders", true);
    RegisteredCaller active = caller(Standing.ACTIVE);
    assertEquals(List.of(Kind.CLIENT_MISSING), kinds(active, null, GOOD));
    assertEquals(
        List.of(Kind.CLIENT_MISSING), kinds(active, client("orders", "", true), GOOD), "not ours");
    assertEquals(List.of(Kind.CLIENT_UNREGISTERED), kinds(null, good, GOOD));
    assertEquals(
        List.of(Kind.CLIENT_MISSING, Kind.CLIENT_UNREGISTERED),
        kinds(active, client("orders", "returns", true), GOOD),
        "made for somebody else");
    assertEquals(
        List.of(Kind.CLIENT_DISABLED), kinds(active, client("orders", "orders", false), GOOD));
    assertEquals(List.of(Kind.CLIENT_ENABLED), kinds(caller(Standing.SUSPENDED), good, GOOD));
    assertEquals(
        List.of(Kind.SUBJECT_DIFFERS),
        kinds(active, good, new TokenPreview("other", GOOD.audiences(), GOOD.roles())));
    assertEquals(List.of(Kind.SUBJECT_DIFFERS), kinds(active, good, null), "no tokens at all");
    assertEquals(
        List.of(Kind.AUDIENCE_MISSING),
        kinds(active, good, new TokenPreview(GOOD.subject(), Set.of("account"), GOOD.roles())));
    assertEquals(
        List.of(Kind.ROLES_DIFFER),
        kinds(active, good, new TokenPreview(GOOD.subject(), GOOD.audiences(), Set.of())));
    assertEquals(
        List.of(Kind.ROLES_DIFFER),
        kinds(
            active,
            good,
            new TokenPreview(
                GOOD.subject(), GOOD.audiences(), Set.of(Role.CALLER, Role.ADMINISTRATOR))));
  }

  @Test
  void compare_callerWhoseClientIsBeingMade_hasTimeForIt() {
    Instant justNow = NOW.minus(DriftComparison.MAKING_MAX).plusNanos(1);
    Instant longAgo = NOW.minus(DriftComparison.MAKING_MAX);
    assertEquals(List.of(), kinds(caller(Standing.SUSPENDED, "", justNow), null, GOOD));
    assertEquals(
        List.of(),
        kinds(caller(Standing.SUSPENDED, "", justNow), client("orders", "orders", false), GOOD));
    assertEquals(
        List.of(Kind.CLIENT_MISSING), kinds(caller(Standing.SUSPENDED, "", longAgo), null, GOOD));
    assertEquals(
        List.of(Kind.SUBJECT_DIFFERS),
        kinds(caller(Standing.SUSPENDED, "", longAgo), client("orders", "orders", false), GOOD));
    assertEquals(
        List.of(Kind.CLIENT_MISSING),
        kinds(caller(Standing.ACTIVE, "orders-subject", justNow), null, GOOD));
  }

  @Test
  void compare_several_areInOrderOfClientAndKind() {
    List<IdentityDrift> drifts =
        compare(
            List.of(caller(Standing.SUSPENDED)),
            List.of(client("zebra", "zebra", true), client("orders", "orders", true)),
            new TokenPreview("other", Set.of(), Set.of()));
    assertEquals(
        List.of(
            new IdentityDrift(Kind.CLIENT_ENABLED, "orders", "orders"),
            new IdentityDrift(Kind.SUBJECT_DIFFERS, "orders", "orders"),
            new IdentityDrift(Kind.AUDIENCE_MISSING, "orders", "orders"),
            new IdentityDrift(Kind.ROLES_DIFFER, "orders", "orders"),
            new IdentityDrift(Kind.CLIENT_UNREGISTERED, "", "zebra")),
        drifts);
  }
}
