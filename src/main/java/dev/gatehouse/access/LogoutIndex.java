package dev.gatehouse.access;

import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The logins that the identity provider has ended, to be found by what a token says; immutable. */
final class LogoutIndex {

  private final Set<String> sessions;
  private final Map<String, Instant> subjects;

  LogoutIndex(Collection<Logout> logouts) {
    Set<String> ended = new HashSet<>();
    Map<String, Instant> until = new HashMap<>();
    for (Logout logout : logouts) {
      switch (logout.kind()) {
        case SESSION -> ended.add(logout.value());
        case SUBJECT ->
            until.merge(logout.value(), logout.notBefore(), (a, b) -> a.isAfter(b) ? a : b);
      }
    }
    sessions = Set.copyOf(ended);
    subjects = Map.copyOf(until);
  }

  /** How many there are. */
  int size() {
    return sessions.size() + subjects.size();
  }

  /**
   * Whether the login of a token was ended.
   *
   * @param sessionId the token's {@code sid}, or null
   * @param issueTime the token's {@code iat}; one of the very second of a logout does not count
   */
  boolean ended(String subject, @Nullable String sessionId, Instant issueTime) {
    if (sessionId != null && sessions.contains(sessionId)) {
      return true;
    }
    Instant until = subjects.get(subject);
    return until != null && !issueTime.isAfter(until);
  }
}
