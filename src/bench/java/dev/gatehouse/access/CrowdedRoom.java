package dev.gatehouse.access;

import dev.gatehouse.core.AuthenticationStrength;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.TeamName;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The room with many callers and grants in memory, and tokens that it has verified before, for the
 * benchmark of what a decision costs. In this package for what the room shows nobody else.
 *
 * <p>There is no database: every load makes all registrations and grants anew, as reading them
 * would, so that nothing is recognised that was there before.
 */
public final class CrowdedRoom implements AutoCloseable {

  /** How many callers are registered. */
  public static final int CALLERS = 10_000;

  /** How many grants there are. */
  public static final int GRANTS = 50_000;

  private static final int TEAMS = 500;
  private static final int MODELS = 1_000;
  private static final int TOKENS = 1_024;
  private static final long SEED = 20261122;
  private static final String ISSUER = "https://issuer.example/realm";
  private static final Instant FAR = Instant.parse("2100-01-01T00:00:00Z");

  private final AccessControl control;
  private final Authenticator authenticator;
  private final List<Known> known = new ArrayList<>(TOKENS);
  private long revision;

  /** A token, and the connection it came on before. */
  private record Known(
      byte[] header, String text, CallerConnection connection, Caller caller, String model) {}

  /** The room with its first snapshot loaded and all tokens verified. */
  public CrowdedRoom() {
    AccessSettings settings =
        new AccessSettings(
            ISSUER,
            TestTokens.AUDIENCE,
            Set.of("RS256"),
            Duration.ofSeconds(60),
            Duration.ofHours(24),
            Duration.ofMinutes(10),
            Duration.ofMinutes(20),
            2 * TOKENS,
            Duration.ofDays(366),
            List.of(),
            AccessSettings.STEP_UP_ACRS_DEFAULT,
            AccessSettings.STEP_UP_AGE_MAX_DEFAULT,
            AccessSettings.THROTTLE_ROWS_PER_SECOND_DEFAULT);
    IssuerKeys keys = new AlwaysThere();
    AccessUses uses = new AccessUses(written -> {}, SystemTime.wall(), GRANTS);
    control =
        new AccessControl(
            settings,
            previous -> snapshot(),
            keys,
            uses,
            clientId -> Instant.MIN,
            SystemTime.wall(),
            SystemTime.ticker());
    control.start();
    TestTokens tokens = TestTokens.generate();
    List<String> verified = new ArrayList<>();
    authenticator =
        new Authenticator(
            settings,
            token ->
                CompletableFuture.completedStage(
                    new Verification.Good(
                        ISSUER,
                        subject(verified.indexOf(token) * (CALLERS / TOKENS)),
                        Set.of(Role.CALLER),
                        SystemTime.wall().instant(),
                        FAR,
                        Verification.Login.NONE)),
            keys,
            control,
            new ApiKeyAuthenticator(
                (tag, data) -> false, new byte[0], control, uses, SystemTime.wall()),
            SystemTime.wall(),
            SystemTime.ticker());
    Random random = new Random(SEED);
    for (int i = 0; i < TOKENS; i++) {
      String token = tokens.sign(TestTokens.claims(ISSUER, subject(i), "caller"));
      verified.add(token);
      remember("Bearer " + token, random);
    }
  }

  private void remember(String text, Random random) {
    byte[] header = text.getBytes(StandardCharsets.US_ASCII);
    CallerConnection connection =
        new CallerConnection(InetAddress.ofLiteral("10.0.0." + random.nextInt(250)), null);
    Authentication outcome =
        authenticator.authenticate(text, connection).toCompletableFuture().join();
    if (!(outcome instanceof Authentication.Accepted(Caller caller))
        || !(authenticator.known(header, connection) instanceof Authentication.Accepted)) {
      throw new IllegalStateException("a token was not accepted: " + outcome);
    }
    // One in eight asks for a model that is not there.
    int model = random.nextInt(MODELS + MODELS / 8);
    known.add(new Known(header, text, connection, caller, model(model)));
  }

  /** How many tokens there are to ask with. */
  public int tokens() {
    return TOKENS;
  }

  /** Authenticates by the token's bytes on the connection that carried it before, and decides. */
  public Decision decideOnConnection(int token) {
    Known asking = known.get(token);
    return decide(authenticator.known(asking.header(), asking.connection()), asking.model());
  }

  /** Authenticates by the token's text, which is hashed, and decides. */
  public Decision decideAnywhere(int token) {
    Known asking = known.get(token);
    return decide(authenticator.known(asking.text(), asking.connection()), asking.model());
  }

  /** Decides for a caller that was authenticated before. */
  public Decision decideKnown(int token) {
    Known asking = known.get(token);
    return control.decide(asking.caller(), new ModelName(asking.model()), Action.INFER);
  }

  private Decision decide(@Nullable Authentication authentication, String model) {
    if (authentication instanceof Authentication.Accepted(Caller caller)) {
      return control.decide(caller, new ModelName(model), Action.INFER);
    }
    throw new IllegalStateException("not accepted: " + authentication);
  }

  /** Loads everything anew and swaps it in, as after a change. */
  public void refresh() {
    control.refresh();
  }

  @Override
  public void close() {
    control.stop();
  }

  private static String subject(int caller) {
    return "subject-of-" + caller;
  }

  private static String model(int number) {
    return "model-" + number;
  }

  private AccessSnapshot snapshot() {
    Random random = new Random(SEED);
    List<RegisteredCaller> callers = new ArrayList<>(CALLERS);
    for (int i = 0; i < CALLERS; i++) {
      callers.add(caller(i));
    }
    List<Grant> grants = new ArrayList<>(GRANTS);
    for (int i = 0; i < GRANTS; i++) {
      grants.add(grant(i, random));
    }
    return new AccessSnapshot(
        new AccessSnapshot.Contents(++revision, callers, grants, List.of(), List.of(), List.of()));
  }

  private static RegisteredCaller caller(int number) {
    return new RegisteredCaller(
        new CallerId("caller-" + number),
        "",
        new TeamName("team-" + number % TEAMS),
        CallerKind.SERVICE,
        ISSUER,
        subject(number),
        "",
        EnumSet.of(Role.CALLER),
        Standing.ACTIVE,
        false,
        false,
        "0",
        Instant.EPOCH,
        Instant.EPOCH);
  }

  /**
   * Four of five are a caller's, the others a team's; some deny, have ended, or ask for networks.
   */
  private static Grant grant(int number, Random random) {
    int kind = random.nextInt(20);
    boolean team = number % 5 == 0;
    return new Grant(
        new GrantId("grant-" + number),
        new ModelName(model(random.nextInt(MODELS))),
        team
            ? new Grantee.ToTeam(new TeamName("team-" + random.nextInt(TEAMS)))
            : new Grantee.ToCaller(new CallerId("caller-" + random.nextInt(CALLERS))),
        kind == 0 ? GrantEffect.DENY : GrantEffect.ALLOW,
        EnumSet.of(Action.INFER, Action.READ_METADATA),
        kind < 4
            ? new GrantConditions(
                List.of(Network.parse("10.0.0.0/24").orElseThrow()), AuthenticationStrength.API_KEY)
            : GrantConditions.NONE,
        GrantTerms.DEFAULT,
        kind == 4 ? Instant.EPOCH : FAR,
        new CallerId("root"),
        Instant.EPOCH);
  }

  /** Keys that are never fetched, since no token is verified with them. */
  private static final class AlwaysThere implements IssuerKeys {
    @Override
    public boolean available() {
      return true;
    }

    @Override
    public Duration age() {
      return Duration.ZERO;
    }

    @Override
    public long generation() {
      return 0;
    }

    @Override
    public void refresh() {}

    @Override
    public void start() {}

    @Override
    public void close() {}
  }
}
