package dev.gatehouse.abuse.response;

/** What the policy does when it would restrict a caller. */
public enum ResponseMode {
  /** It decides nothing: findings are kept, and that is all. */
  OFF,
  /** It says what it would do. */
  SHADOW,
  /** It does it. */
  ACT
}
