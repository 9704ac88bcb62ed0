package dev.gatehouse.metrics;

/** Why a credential was not accepted, as operators see it; callers are never told. */
public enum AuthenticationFailure {
  /** There was none. */
  CREDENTIAL_MISSING,
  /** It could not be read, or lacked a claim that is required. */
  CREDENTIAL_MALFORMED,
  /** It was signed with an algorithm that is not allowed. */
  ALGORITHM_NOT_ALLOWED,
  /** It names a signing key that the issuer does not have. */
  KEY_UNKNOWN,
  /** Its signature is wrong. */
  SIGNATURE_INVALID,
  /** Another issuer made it. */
  ISSUER_WRONG,
  /** It was made for another audience. */
  AUDIENCE_WRONG,
  /** It has expired. */
  EXPIRED,
  /** Its time has not come yet. */
  NOT_YET_VALID,
  /** It is good, but its principal is not registered. */
  NOT_REGISTERED,
  /** The issuer's keys could not be had, so that nothing could be checked. */
  KEYS_UNAVAILABLE
}
