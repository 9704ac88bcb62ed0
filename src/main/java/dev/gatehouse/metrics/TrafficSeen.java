package dev.gatehouse.metrics;

/**
 * What of a caller's traffic is shown.
 *
 * @param models distinct models it named in the last 10 minutes
 * @param networks networks it called from in the last hour
 * @param credentials credentials it called with in the last hour
 * @param sharedCredentials credentials that two parties use at once, in the last 10 minutes
 * @param newNetworks networks that were new since the reading before
 * @param offHours calls outside its declared hours since the reading before
 * @param unknownModels denied calls since the reading before that named a model which it had not
 *     named yet
 */
public record TrafficSeen(
    int models,
    int networks,
    int credentials,
    int sharedCredentials,
    long newNetworks,
    long offHours,
    long unknownModels) {}
