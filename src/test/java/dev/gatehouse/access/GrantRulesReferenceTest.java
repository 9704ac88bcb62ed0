package dev.gatehouse.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.access.GrantWorlds.Request;
import dev.gatehouse.access.GrantWorlds.World;
import dev.gatehouse.core.AuthenticationStrength;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The product decides as the rules written a second time do. */
class GrantRulesReferenceTest {

  private static final int WORLDS = 2_000;
  private static final int REQUESTS = 30;

  /** Each rule must have made the difference that often, and each outcome come up that often. */
  private static final int OFTEN = 300;

  private static final Decision.Denied STEP_UP =
      new Decision.Denied(new Refusal.StepUpRequired("strong", Duration.ofMinutes(5)));

  /** The same grants with one of the rules taken out of them. */
  private static final Map<String, UnaryOperator<Grant>> WITHOUT =
      Map.of(
          "without networks",
          grant ->
              with(
                  grant,
                  grant.effect(),
                  new GrantConditions(List.of(), grant.conditions().minimumStrength()),
                  grant.expireTime()),
          "without strengths",
          grant ->
              with(
                  grant,
                  grant.effect(),
                  new GrantConditions(
                      grant.conditions().sourceNetworks(), AuthenticationStrength.API_KEY),
                  grant.expireTime()),
          "without ends",
          grant -> with(grant, grant.effect(), grant.conditions(), Instant.MAX),
          "without the instant of the end",
          grant -> with(grant, grant.effect(), grant.conditions(), grant.expireTime().plusNanos(1)),
          "without denials",
          grant ->
              with(
                  grant,
                  grant.effect(),
                  grant.conditions(),
                  grant.effect() == GrantEffect.DENY ? Instant.MIN : grant.expireTime()));

  private static Grant with(
      Grant grant, GrantEffect effect, GrantConditions conditions, Instant expireTime) {
    return new Grant(
        grant.id(),
        grant.model(),
        grant.grantee(),
        effect,
        grant.actions(),
        conditions,
        grant.terms(),
        expireTime,
        grant.creator(),
        grant.createTime());
  }

  /** 4 × 2,000 × 30 = 240,000 pairs. */
  @ParameterizedTest
  @ValueSource(longs = {4, 44, 444, 4444})
  void decide_randomGrantsAndRequests_asTheReferenceDoes(long seed) {
    GrantWorlds worlds = new GrantWorlds(new Random(seed));
    Map<String, Integer> counts = new TreeMap<>();
    for (int i = 0; i < WORLDS; i++) {
      World world = worlds.world();
      AccessSnapshot snapshot = world.snapshot();
      ReferenceEvaluator reference = new ReferenceEvaluator(world.callers(), world.grants());
      Map<String, ReferenceEvaluator> without = without(world);
      for (int j = 0; j < REQUESTS; j++) {
        Request request = worlds.request();
        String expected = decide(reference, request);
        assertEquals(
            expected,
            text(world, decide(snapshot, request)),
            () -> "seed " + seed + ": " + request + " in " + world);
        count(world, request, expected, counts);
        without.forEach(
            (rule, other) -> {
              if (!decide(other, request).equals(expected)) {
                counts.merge(rule, 1, Integer::sum);
              }
            });
      }
    }
    System.out.println("seed " + seed + ": " + counts);
    for (String what : List.of("ALLOWED", "DENIED", "STEP_UP", "INVALID", "by another team")) {
      assertTrue(counts.getOrDefault(what, 0) >= OFTEN, what + " is rare: " + counts);
    }
    WITHOUT.forEach(
        (rule, out) ->
            assertTrue(counts.getOrDefault(rule, 0) >= OFTEN, rule + " is rare: " + counts));
  }

  /** On what ground a model is administered follows from the same rules. */
  @ParameterizedTest
  @ValueSource(longs = {5, 55})
  void authority_randomGrantsAndRequests_asTheReferenceDoes(long seed) {
    Random random = new Random(seed);
    GrantWorlds worlds = new GrantWorlds(random);
    Map<String, Integer> counts = new TreeMap<>();
    for (int i = 0; i < WORLDS; i++) {
      World world = worlds.world();
      AccessSnapshot snapshot = world.snapshot();
      for (int j = 0; j < REQUESTS; j++) {
        Request request = worlds.request();
        TeamName owner = random.nextInt(3) == 0 ? new TeamName("red") : null;
        String expected = authority(world, request, owner);
        assertEquals(
            expected,
            text(
                snapshot.authority(
                    request.caller(),
                    request.model(),
                    owner,
                    request.action(),
                    request.now(),
                    STEP_UP)),
            () -> "seed " + seed + ": " + owner + " " + request + " in " + world);
        counts.merge(expected, 1, Integer::sum);
      }
    }
    System.out.println("seed " + seed + ": " + counts);
    for (String what : List.of("WHOLE", "DELEGATED", "DENIED", "STEP_UP", "INVALID")) {
      assertTrue(counts.getOrDefault(what, 0) >= OFTEN, what + " is rare: " + counts);
    }
  }

  private static String authority(World world, Request request, @Nullable TeamName owner) {
    String granted = decide(new ReferenceEvaluator(world.callers(), world.grants()), request);
    RegisteredCaller registered = world.callers().get(request.caller().id().value());
    if (registered == null || granted.equals("INVALID")) {
      return granted;
    }
    // One that allows everything leaves nothing but what denies.
    List<Grant> more = new ArrayList<>(world.grants());
    more.add(everything(request));
    boolean administrator = request.caller().roles().contains(Role.ADMINISTRATOR);
    boolean denied =
        decide(new ReferenceEvaluator(world.callers(), more), request).equals("DENIED");
    if (denied && !(administrator && request.action() == Action.ADMINISTER_GRANTS)) {
      return "DENIED";
    }
    if (administrator || registered.team().equals(owner)) {
      return "WHOLE";
    }
    return granted.startsWith("g") ? "DELEGATED" : granted;
  }

  private static Grant everything(Request request) {
    return new Grant(
        new GrantId("g"),
        request.model(),
        new Grantee.ToCaller(request.caller().id()),
        GrantEffect.ALLOW,
        Set.of(Action.values()),
        GrantConditions.NONE,
        GrantTerms.DEFAULT,
        Instant.MAX,
        request.caller().id(),
        Instant.EPOCH);
  }

  private static String text(Authority authority) {
    return switch (authority) {
      case Authority.Whole whole -> "WHOLE";
      case Authority.Delegated delegated -> "DELEGATED";
      case Authority.None(Refusal.AccessDenied refusal) -> "DENIED";
      case Authority.None(Refusal.CredentialInvalid refusal) -> "INVALID";
      case Authority.None(Refusal.StepUpRequired refusal) -> "STEP_UP";
      case Authority.None(Refusal other) -> other.toString();
    };
  }

  private static String decide(ReferenceEvaluator reference, Request request) {
    return reference.decide(request.caller(), request.model(), request.action(), request.now());
  }

  private static Decision decide(AccessSnapshot snapshot, Request request) {
    return snapshot.decide(
        request.caller(), request.model(), request.action(), request.now(), STEP_UP);
  }

  /** As the reference says it; the terms must be those of the grant that is named. */
  private static String text(World world, Decision decision) {
    return switch (decision) {
      case Decision.Allowed(GrantId grant, GrantTerms terms, RowThrottle none) -> {
        assertTrue(
            world.grants().stream()
                .anyMatch(one -> one.id().equals(grant) && one.terms().equals(terms)));
        yield grant.value();
      }
      case Decision.Denied(Refusal.AccessDenied refusal) -> "DENIED";
      case Decision.Denied(Refusal.CredentialInvalid refusal) -> "INVALID";
      case Decision.Denied(Refusal.StepUpRequired refusal) -> {
        assertEquals(STEP_UP.refusal(), refusal);
        yield "STEP_UP";
      }
      case Decision.Denied(Refusal other) -> other.toString();
    };
  }

  /** What decides where a rule does not hold, to see which outcomes hang on it. */
  private static Map<String, ReferenceEvaluator> without(World world) {
    Map<String, ReferenceEvaluator> without = new TreeMap<>();
    WITHOUT.forEach(
        (rule, out) ->
            without.put(
                rule,
                new ReferenceEvaluator(
                    world.callers(), world.grants().stream().map(out).toList())));
    return without;
  }

  private static void count(
      World world, Request request, String outcome, Map<String, Integer> counts) {
    counts.merge(outcome.startsWith("g") ? "ALLOWED" : outcome, 1, Integer::sum);
    RegisteredCaller registered = world.callers().get(request.caller().id().value());
    if (registered != null && outcome.startsWith("g")) {
      TeamName before = request.caller().team();
      if (!before.equals(registered.team())) {
        counts.merge("by another team", 1, Integer::sum);
      }
    }
  }
}
