package dev.gatehouse.access;

import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.core.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/** A room without database and issuer, on a time of its own. */
final class AccessFixture implements InstantSource, Ticker, IssuerKeys {

  static final String ISSUER = "https://issuer.example/realm";
  static final ModelName DIGITS = new ModelName("digits");
  static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

  Instant now = START;
  long nanos = -5;
  boolean keysAvailable = true;
  boolean databaseAway;
  AccessSnapshot database = AccessSnapshot.EMPTY;

  final AccessSettings settings =
      new AccessSettings(
          ISSUER,
          "gatehouse",
          Set.of("RS256"),
          Duration.ofSeconds(60),
          Duration.ofHours(24),
          Duration.ofSeconds(2),
          Duration.ofSeconds(60),
          3,
          Duration.ofDays(366),
          List.of());

  final AccessControl control = new AccessControl(settings, this::load, this, this, this);

  static RegisteredCaller caller(String id, String team, Standing standing, Role... roles) {
    return new RegisteredCaller(
        new CallerId(id),
        "",
        new TeamName(team),
        CallerKind.SERVICE,
        ISSUER,
        id + "-subject",
        Set.of(roles),
        standing,
        "0",
        START,
        START);
  }

  static Grant grant(String id, Grantee grantee, Instant expireTime, Action... actions) {
    return new Grant(
        new GrantId(id),
        DIGITS,
        grantee,
        Set.of(actions),
        Grant.WEIGHT_DEFAULT,
        GrantPriority.INTERACTIVE,
        expireTime,
        new CallerId("root"),
        START);
  }

  static Caller authenticated(String id, String team, Role... roles) {
    return new Caller(
        new CallerId(id), new TeamName(team), Set.of(roles), "0011223344556677", Instant.MAX);
  }

  private AccessSnapshot load(AccessSnapshot previous) {
    if (databaseAway) {
      throw new IllegalStateException("away, as the test wants it");
    }
    return database;
  }

  void advance(Duration time) {
    now = now.plus(time);
    nanos += time.toNanos();
  }

  @Override
  public Instant instant() {
    return now;
  }

  @Override
  public long nanos() {
    return nanos;
  }

  @Override
  public boolean available() {
    return keysAvailable;
  }

  @Override
  public void start() {}

  @Override
  public void close() {}
}
