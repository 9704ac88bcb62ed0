package dev.gatehouse.core;

/** What sort of principal a caller is. */
public enum CallerKind {
  /** A program. */
  SERVICE,
  /** A human being, who can be asked for a stronger login. */
  PERSON,
  /** A program of another organisation. */
  PARTNER
}
