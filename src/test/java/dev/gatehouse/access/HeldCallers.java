package dev.gatehouse.access;

import static dev.gatehouse.access.AccessFixture.START;
import static dev.gatehouse.access.AccessFixture.caller;
import static dev.gatehouse.access.AccessFixture.header;
import static dev.gatehouse.access.AccessFixture.restriction;

import dev.gatehouse.core.Restraint;
import dev.gatehouse.core.Role;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A room for tests of other rooms: Alice is held to something until {@link #END}, Bob and Rosa, who
 * may stop callers, to nothing, unless a test holds one of them as well.
 */
public final class HeldCallers implements AutoCloseable {

  /** What restrictions last from the start on. */
  public static final Duration END = Duration.ofHours(1);

  /** The rows a second of a throttled caller, as the room has it. */
  public static final int ROWS_PER_SECOND = 10;

  /** The callers, each with a token of its number. */
  private static final List<String> NAMES = List.of("alice", "bob", "rosa");

  private final AccessFixture fixture = new AccessFixture();
  private final Authenticator authenticator = fixture.authenticator(HeldCallers::verify);

  /** Alice is held to {@code alice}, and Rosa to {@code rosa}, if that is not null. */
  public HeldCallers(Restraint alice, @Nullable Restraint rosa) {
    fixture.database =
        AccessFixture.snapshot(
            1,
            List.of(
                caller("alice", "red", Standing.ACTIVE, Role.CALLER),
                caller("bob", "red", Standing.ACTIVE, Role.CALLER),
                caller("rosa", "security", Standing.ACTIVE, Role.RESPONDER)),
            List.of(),
            rosa == null
                ? List.of(restriction("alice", alice, START.plus(END)))
                : List.of(
                    restriction("alice", alice, START.plus(END)),
                    restriction("rosa", rosa, START.plus(END))));
    fixture.control.refresh();
  }

  private static CompletableFuture<Verification> verify(String token) {
    int number = 0;
    while (!header(number).endsWith(token)) {
      number++;
    }
    return CompletableFuture.completedFuture(
        new Verification.Good(
            AccessFixture.ISSUER,
            NAMES.get(number) + "-subject",
            Set.of(Role.CALLER, Role.RESPONDER),
            START,
            START.plus(Duration.ofHours(3)),
            Verification.Login.NONE));
  }

  /** Knows them. */
  public Authenticator authenticator() {
    return authenticator;
  }

  /** The authorization header of one. */
  public String authorization(String name) {
    return header(NAMES.indexOf(name));
  }

  /** Time passes; what decides is read again. */
  public void advance(Duration time) {
    fixture.advance(time);
    fixture.control.refresh();
  }

  @Override
  public void close() {
    fixture.control.stop();
  }
}
