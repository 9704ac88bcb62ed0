package dev.gatehouse.core;

/** How strongly a caller has proved who it is, the weakest first. */
public enum AuthenticationStrength {
  /** A secret that whoever has it can use for as long as it lasts. */
  API_KEY,
  /** A token of the identity provider, which lasts minutes. */
  TOKEN,
  /** A person's login with several factors, or a token bound to the connection's certificate. */
  STRONG;

  /** Whether this is at least {@code other}. */
  public boolean atLeast(AuthenticationStrength other) {
    return compareTo(other) >= 0;
  }
}
