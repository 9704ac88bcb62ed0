package dev.gatehouse.access;

import java.util.concurrent.CompletionStage;

/** Checks tokens with the issuer's keys. */
interface TokenVerifier {

  /**
   * Checks signature, algorithm, issuer, audience and times of a token.
   *
   * <p>Computes the signature on the calling thread; completes later only if keys must be fetched
   * first. Never completes exceptionally.
   *
   * @param token a JWT in compact form that passed {@link TokenShape}
   */
  CompletionStage<Verification> verify(String token);
}
