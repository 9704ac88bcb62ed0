package dev.gatehouse.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.registry.Canary;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which version gets a call that names none. */
final class RoutesTest {

  private static final CallerId ALICE = new CallerId("alice");
  private static final CallerId BOB = new CallerId("bob");

  private final Fake one = new Fake("v1");
  private final Fake two = new Fake("v2");
  private final Fake three = new Fake("v3");

  /** A version that runs as long as the test wants. */
  private static final class Fake implements RoutedVersion {
    private final VersionId version;
    private boolean ready = true;

    Fake(String version) {
      this.version = new VersionId(version);
    }

    @Override
    public VersionId version() {
      return version;
    }

    @Override
    public boolean ready() {
      return ready;
    }
  }

  private Routes<Fake> routes(@Nullable Fake byDefault, Map<Fake, Canary> canaries) {
    Map<VersionId, Fake> running = Map.of(one.version, one, two.version, two, three.version, three);
    Map<VersionId, Canary> byVersion = new HashMap<>();
    canaries.forEach((version, canary) -> byVersion.put(version.version, canary));
    return new Routes<>(byDefault == null ? null : byDefault.version, running, byVersion);
  }

  private static Canary canary(int percent, CallerId... callers) {
    return new Canary(percent, Set.of(callers));
  }

  private static int drawsTo(Routes<Fake> routes, Fake version) {
    int draws = 0;
    for (int draw = 0; draw < 100; draw++) {
      draws += routes.route(ALICE, draw) == version ? 1 : 0;
    }
    return draws;
  }

  @Test
  void route_noCanary_isTheDefault() {
    assertSame(one, routes(one, Map.of()).route(ALICE));
    assertNull(routes(null, Map.of()).route(ALICE));
    assertNull(new Routes<>(one.version, Map.<VersionId, Fake>of(), Map.of()).route(ALICE));
  }

  @Test
  void route_shares_areExactOverAllDraws() {
    Routes<Fake> routes = routes(one, Map.of(two, canary(20), three, canary(7)));
    assertEquals(20, drawsTo(routes, two));
    assertEquals(7, drawsTo(routes, three));
    assertEquals(73, drawsTo(routes, one));
    assertEquals(20, routes.percent(two.version));
    assertEquals(0, routes.percent(one.version));
    assertEquals(100, drawsTo(routes(one, Map.of(two, canary(100))), two));
  }

  @Test
  void route_byChance_reachesEachShare() {
    Routes<Fake> routes = routes(one, Map.of(two, canary(50)));
    int canary = 0;
    for (int i = 0; i < 10_000; i++) {
      canary += routes.route(ALICE) == two ? 1 : 0;
    }
    assertTrue(Math.abs(canary - 5_000) <= 6 * 50, "of 10,000: " + canary);
  }

  @Test
  void route_namedCaller_isTheFirstCanaryThatNamesIt() {
    Routes<Fake> routes = routes(one, Map.of(three, canary(0, ALICE, BOB), two, canary(10, ALICE)));
    for (int draw = 0; draw < 100; draw++) {
      assertSame(two, routes.route(ALICE, draw));
      assertSame(three, routes.route(BOB, draw));
    }
    assertEquals(10, drawsOfOthers(routes));
  }

  private int drawsOfOthers(Routes<Fake> routes) {
    int draws = 0;
    for (int draw = 0; draw < 100; draw++) {
      draws += routes.route(new CallerId("carol"), draw) == two ? 1 : 0;
    }
    return draws;
  }

  @Test
  void route_canaryThatCannotRun_fallsBackToTheDefault() {
    Routes<Fake> routes = routes(one, Map.of(two, canary(30, BOB)));
    two.ready = false;
    assertEquals(100, drawsTo(routes, one));
    assertSame(one, routes.route(BOB, 0));
    two.ready = true;
    assertEquals(30, drawsTo(routes, two));
    assertSame(two, routes.route(BOB, 99));
  }

  @Test
  void route_canaryOfTheDefaultOrOfNoneRunning_countsNothing() {
    assertEquals(100, drawsTo(routes(one, Map.of(one, canary(40, ALICE))), one));
    assertSame(
        one,
        new Routes<>(
                one.version,
                Map.of(one.version, one),
                Map.of(one.version, canary(9), two.version, canary(100, ALICE)))
            .route(ALICE));
  }

  @Test
  void route_noDefaultRunning_onlyTheSharesAreAnswered() {
    Routes<Fake> routes = routes(null, Map.of(two, canary(25)));
    assertEquals(25, drawsTo(routes, two));
    assertNull(routes.route(ALICE, 25));
  }
}
