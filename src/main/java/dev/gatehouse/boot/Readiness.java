package dev.gatehouse.boot;

/**
 * What must hold for the gateway to take calls.
 *
 * @param serving it has started and is not draining
 * @param database registrations and grants were read lately
 * @param identityKeys the issuer's keys are at hand
 * @param models everything that was ready at the start has been tried, and nothing that is ready on
 *     another replica could not be loaded here
 * @param audit the record can be written
 */
record Readiness(
    boolean serving, boolean database, boolean identityKeys, boolean models, boolean audit) {

  boolean all() {
    return serving && database && identityKeys && models && audit;
  }
}
