package dev.gatehouse.access;

import static dev.gatehouse.access.AccessFixture.START;

import dev.gatehouse.core.AuthenticationStrength;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.Credential;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Random grants, and requests to decide by them, from a universe so small that they meet: few
 * callers, teams, models and instants, networks within each other.
 */
final class GrantWorlds {

  private static final List<String> CALLERS = List.of("anna", "ben", "chris", "dora");
  private static final List<String> TEAMS = List.of("red", "blue");
  private static final List<ModelName> MODELS =
      List.of(new ModelName("digits"), new ModelName("letters"));
  private static final List<Network> NETWORKS =
      List.of(
              "0.0.0.0/0",
              "10.0.0.0/8",
              "10.128.0.0/9",
              "10.128.7.0/29",
              "10.128.7.9/32",
              "::/0",
              "2001:db8::/32",
              "2001:db8:8000::/33",
              "2001:db8:8000::1/128")
          .stream()
          .map(text -> Network.parse(text).orElseThrow())
          .toList();
  private static final List<InetAddress> ADDRESSES =
      List.of(
              "10.1.2.3",
              "10.128.7.7",
              "10.128.7.8",
              "10.128.7.9",
              "192.0.2.1",
              "2001:db8:8000::1",
              "2001:db8:8000::2",
              "2001:db8:7fff::1",
              "2001:db9::1")
          .stream()
          .map(InetAddress::ofLiteral)
          .toList();

  private final Random random;

  GrantWorlds(Random random) {
    this.random = random;
  }

  /** Registrations and grants. */
  record World(Map<String, RegisteredCaller> callers, List<Grant> grants) {

    AccessSnapshot snapshot() {
      return AccessFixture.snapshot(1, callers.values(), grants);
    }
  }

  /** A question. */
  record Request(Caller caller, ModelName model, Action action, Instant now) {}

  /** Anna and Ben are let in, Chris is suspended, Dora is not registered; teams vary. */
  World world() {
    Map<String, RegisteredCaller> callers = new HashMap<>();
    for (String id : CALLERS.subList(0, 3)) {
      Standing standing = id.equals("chris") ? Standing.SUSPENDED : Standing.ACTIVE;
      callers.put(id, AccessFixture.caller(id, of(TEAMS), standing, Role.CALLER));
    }
    List<Grant> grants = new ArrayList<>();
    int count = random.nextInt(32);
    for (int i = 0; i < count; i++) {
      grants.add(grant(i));
    }
    return new World(callers, grants);
  }

  private Grant grant(int number) {
    boolean deny = random.nextInt(7) == 0;
    Set<Action> actions = EnumSet.of(of(List.of(Action.values())));
    while (random.nextInt(3) > 0) {
      actions.add(of(List.of(Action.values())));
    }
    List<Network> networks = new ArrayList<>();
    while (random.nextInt(5) < 2) {
      networks.add(of(NETWORKS));
    }
    return new Grant(
        new GrantId("g" + number),
        of(MODELS),
        random.nextBoolean()
            ? new Grantee.ToCaller(new CallerId(of(CALLERS)))
            : new Grantee.ToTeam(new TeamName(of(TEAMS))),
        deny ? GrantEffect.DENY : GrantEffect.ALLOW,
        actions,
        new GrantConditions(
            networks,
            deny || random.nextBoolean()
                ? AuthenticationStrength.API_KEY
                : of(List.of(AuthenticationStrength.values()))),
        new GrantTerms(
            of(List.of(1, 100, 1000)), of(List.of(GrantPriority.values())), Quota.NONE, List.of()),
        deny && random.nextBoolean() ? Grant.NO_END : instant(),
        new CallerId("root"),
        START);
  }

  /** What somebody asks; the team it had when it was authenticated may be another one by now. */
  Request request() {
    Caller caller =
        new Caller(
            new CallerId(random.nextInt(12) == 0 ? of(CALLERS) : of(CALLERS.subList(0, 2))),
            new TeamName(of(TEAMS)),
            random.nextBoolean() ? CallerKind.PERSON : CallerKind.SERVICE,
            Set.of(random.nextInt(4) == 0 ? Role.ADMINISTRATOR : Role.PUBLISHER),
            random.nextBoolean(),
            new Credential(
                "00",
                of(List.of(AuthenticationStrength.values())),
                random.nextBoolean(),
                START,
                Instant.MAX,
                Instant.MIN,
                null,
                null,
                null),
            of(ADDRESSES));
    ModelName model = random.nextInt(16) == 0 ? new ModelName("not-there") : of(MODELS);
    return new Request(caller, model, of(List.of(Action.values())), instant());
  }

  /** One of few, a nanosecond apart, so that some are those of an end exactly. */
  private Instant instant() {
    return START.plusNanos(random.nextInt(6));
  }

  private <T> T of(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}
