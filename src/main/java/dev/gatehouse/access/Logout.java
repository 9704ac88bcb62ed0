package dev.gatehouse.access;

import java.time.Instant;

/**
 * Logins that the identity provider has ended: of one session, or all of one subject.
 *
 * @param kind which of the two
 * @param value the {@code sid} or the {@code sub}
 * @param notBefore tokens issued until then count no more
 */
record Logout(Kind kind, String value, Instant notBefore) {

  /** What was ended. */
  enum Kind {
    /** One login. */
    SESSION,
    /** All logins of a subject. */
    SUBJECT
  }
}
