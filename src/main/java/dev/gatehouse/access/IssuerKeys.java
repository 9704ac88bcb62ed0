package dev.gatehouse.access;

import java.time.Duration;

/** The issuer's public keys, as far as the room must know about them. */
interface IssuerKeys extends AutoCloseable {

  /** Whether keys are at hand that were fetched recently enough to be trusted. */
  boolean available();

  /** How long ago they were fetched; from the start on if they never were. */
  Duration age();

  /** Changes when a key that was published is so no more: what it signed counts no more. */
  long generation();

  /**
   * Has them fetched again, unless that was tried a moment ago; blocks until they are there, or
   * cannot be had. For a key that is not known.
   */
  void refresh();

  /** Sees to it, from now on, that they are fetched and stay recent. */
  void start();

  /** Stops doing so. */
  @Override
  void close();
}
