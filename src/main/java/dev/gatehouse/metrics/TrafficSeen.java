package dev.gatehouse.metrics;

import java.util.OptionalDouble;

/**
 * What of a caller's traffic is shown.
 *
 * @param models distinct models it named in the last 10 minutes
 * @param networks networks it called from in the last hour
 * @param credentials credentials it called with in the last hour
 * @param sharedCredentials credentials that two parties use at once, in the last 10 minutes
 * @param latencyFactor time of its answered calls in the last minute over what is usual for it;
 *     empty while that cannot be said
 * @param rowCostFactor device time of its answered rows in the last 10 minutes over what rows of
 *     these models usually take; empty while that cannot be said
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
    OptionalDouble latencyFactor,
    OptionalDouble rowCostFactor,
    long newNetworks,
    long offHours,
    long unknownModels) {}
