package dev.gatehouse.access;

import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Restraint;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.testing.TestCallers;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
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
  long keysGeneration;
  int keyRefreshes;
  Instant notBefore = Instant.MIN;
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
          List.of(),
          List.of("aal2", "aal3"),
          Duration.ofMinutes(15),
          10);

  /** A connection from this very machine, without a certificate. */
  static final CallerConnection HERE = new CallerConnection(InetAddress.getLoopbackAddress(), null);

  /** What was written of uses, in order. */
  final List<AccessUses.Use> written = new ArrayList<>();

  final AccessUses uses = new AccessUses(written::addAll, this, 1_000);
  final AccessControl control =
      new AccessControl(settings, this::load, this, uses, clientId -> notBefore, this, this);

  /** How often a tag was checked. */
  int tagChecks;

  /** Takes the data itself for its tag. */
  final ApiKeyAuthenticator apiKeys =
      new ApiKeyAuthenticator(this::checkTag, new byte[0], control, uses, this);

  private boolean checkTag(byte[] tag, byte[] data) {
    tagChecks++;
    return Arrays.equals(tag, data);
  }

  /** Decides about callers by what {@code verifier} says of their tokens. */
  Authenticator authenticator(TokenVerifier verifier) {
    return new Authenticator(settings, verifier, this, control, apiKeys, this, this);
  }

  /** An authorization header with a token of its own for each number. */
  static String header(int number) {
    return "Bearer "
        + base64("{\"alg\":\"RS256\"}")
        + "."
        + base64("{\"number\":" + number + "}")
        + ".c2lnbmF0dXJl";
  }

  private static String base64(String json) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }

  static AccessSnapshot snapshot(
      long revision, Collection<RegisteredCaller> callers, Collection<Grant> grants) {
    return snapshot(revision, callers, grants, List.of());
  }

  static AccessSnapshot snapshot(
      long revision,
      Collection<RegisteredCaller> callers,
      Collection<Grant> grants,
      Collection<Restriction> restrictions) {
    return new AccessSnapshot(
        new AccessSnapshot.Contents(revision, callers, grants, List.of(), List.of(), restrictions));
  }

  static RegisteredCaller caller(String id, String team, Standing standing, Role... roles) {
    return new RegisteredCaller(
        new CallerId(id),
        "",
        new TeamName(team),
        CallerKind.SERVICE,
        ISSUER,
        id + "-subject",
        "",
        Set.of(roles),
        standing,
        false,
        false,
        "0",
        START,
        START);
  }

  static Grant grant(String id, Grantee grantee, Instant expireTime, Action... actions) {
    return new Grant(
        new GrantId(id),
        DIGITS,
        grantee,
        GrantEffect.ALLOW,
        Set.of(actions),
        GrantConditions.NONE,
        GrantTerms.DEFAULT,
        expireTime,
        new CallerId("root"),
        START);
  }

  /** One of an hour from {@link #START} on. */
  static Restriction restriction(String caller, Restraint restraint) {
    return restriction(caller, restraint, START.plus(Duration.ofHours(1)));
  }

  static Restriction restriction(String caller, Restraint restraint, Instant expireTime) {
    return new Restriction(
        caller + "-" + restraint.ordinal(),
        new CallerId(caller),
        restraint,
        "as the test wants it",
        null,
        null,
        START,
        expireTime,
        null,
        null,
        false);
  }

  static Caller authenticated(String id, String team, Role... roles) {
    return TestCallers.caller(
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
  public Duration age() {
    return Duration.ZERO;
  }

  @Override
  public long generation() {
    return keysGeneration;
  }

  @Override
  public void refresh() {
    keyRefreshes++;
  }

  @Override
  public void start() {}

  @Override
  public void close() {}
}
