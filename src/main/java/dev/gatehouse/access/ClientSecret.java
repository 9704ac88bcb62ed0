package dev.gatehouse.access;

/** The secret of a client at the identity provider, which prints as nothing. */
public final class ClientSecret {

  private final String value;

  ClientSecret(String value) {
    this.value = value;
  }

  /** The secret itself, for the one answer that gives it away. */
  public String reveal() {
    return value;
  }

  @Override
  public String toString() {
    return "ClientSecret";
  }
}
