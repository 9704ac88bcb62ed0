package dev.gatehouse.access;

/** The issuer's public keys, as far as the room must know about them. */
interface IssuerKeys extends AutoCloseable {

  /** Whether keys are at hand that were fetched recently enough to be trusted. */
  boolean available();

  /** Sees to it, from now on, that they are fetched and stay recent. */
  void start();

  /** Stops doing so. */
  @Override
  void close();
}
