package dev.gatehouse.core;

/**
 * Why a credential was not accepted, for metrics and the log. The caller is never told: see {@link
 * Refusal.CredentialInvalid}. Append-only, since the names are label values.
 */
public enum AuthenticationFailure {
  /** No credential was presented. */
  MISSING,
  /** It is no bearer token, too large, or neither a JWT in compact form nor an API key. */
  MALFORMED,
  /** The token names a signature algorithm that is not allowed. */
  ALGORITHM,
  /** The token is signed for another use: an ID, refresh or logout token, or one bound to a key. */
  TOKEN_TYPE,
  /** The signature does not verify with any key of the issuer. */
  SIGNATURE,
  /** The token names another issuer, or none. */
  ISSUER,
  /** The token is meant for somebody else, or for nobody. */
  AUDIENCE,
  /** The token is past its expiry. */
  EXPIRED,
  /** The token is not valid yet, or was issued in the future. */
  NOT_YET_VALID,
  /** The token lacks a claim that is needed: subject, expiry or issue time. */
  CLAIMS,
  /** The token is good, but nobody is registered under its issuer and subject. */
  UNREGISTERED,
  /** The token is good, but its caller is suspended. */
  SUSPENDED,
  /** The issuer's keys could not be had, so the token could not be checked. */
  KEYS_UNAVAILABLE,
  /** The registrations known are too old to be relied on, because the database is out of reach. */
  REGISTRATIONS_STALE,
  /** Its login was ended, it is older than what the issuer accepts, or the API key was revoked. */
  REVOKED,
  /** No API key of this id and secret exists. */
  API_KEY,
  /** It is bound to another certificate than the connection's, or its caller needs a bound one. */
  CERTIFICATE,
  /** Anything else; the detail is in the log. */
  OTHER,
  /** The credential is good, but its caller was quarantined while its stream was open. */
  QUARANTINED
}
