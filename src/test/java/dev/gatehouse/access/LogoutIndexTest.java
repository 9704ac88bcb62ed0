package dev.gatehouse.access;

import static dev.gatehouse.access.AccessFixture.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LogoutIndexTest {

  private final LogoutIndex index =
      new LogoutIndex(
          List.of(
              new Logout(Logout.Kind.SESSION, "s1", START),
              new Logout(Logout.Kind.SUBJECT, "alice", START)));

  @Test
  void ended_session_endsItsTokensAloneWhenever() {
    assertTrue(index.ended("bob", "s1", START.minusSeconds(9)));
    assertTrue(index.ended("bob", "s1", START.plusSeconds(9)));
    assertFalse(index.ended("bob", "s2", START.minusSeconds(9)));
    assertFalse(index.ended("bob", null, START.minusSeconds(9)));
    assertFalse(index.ended("s1", "alice", Instant.MIN), "a subject is no session");
  }

  @Test
  void ended_subject_endsWhatWasIssuedUntilThen() {
    assertTrue(index.ended("alice", null, START.minusSeconds(1)));
    assertTrue(index.ended("alice", "s2", START));
    assertFalse(index.ended("alice", "s2", START.plusSeconds(1)));
    assertEquals(2, index.size());
  }
}
