package dev.gatehouse.access;

/** What sort of principal a caller is. */
public enum CallerKind {
  /** A program with an account of its own. */
  SERVICE,
  /** A human being. */
  PERSON
}
