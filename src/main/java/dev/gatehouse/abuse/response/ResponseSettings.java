package dev.gatehouse.abuse.response;

import java.time.Duration;

/**
 * How the policy responds to findings.
 *
 * @param mode whether it acts
 * @param restrictionDuration how long what it does holds
 * @param callersPerHourMax so many different callers it may restrict within an hour, on all
 *     replicas together
 * @param corroborationWindow how close in time warnings of two rules must be to count together
 * @param disableClients whether quarantines disable the caller's client at the identity provider
 */
public record ResponseSettings(
    ResponseMode mode,
    Duration restrictionDuration,
    int callersPerHourMax,
    Duration corroborationWindow,
    boolean disableClients) {}
