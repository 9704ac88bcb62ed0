package dev.gatehouse.boot;

/**
 * What must hold for the gateway to take calls.
 *
 * @param serving it has started and is not draining
 * @param database registrations and grants were read lately
 * @param identityKeys the issuer's keys are at hand
 * @param models everything that was deployed at the start has been brought up, or has failed by
 *     itself
 * @param audit the record can be written
 */
record Readiness(
    boolean serving, boolean database, boolean identityKeys, boolean models, boolean audit) {

  boolean all() {
    return serving && database && identityKeys && models && audit;
  }
}
