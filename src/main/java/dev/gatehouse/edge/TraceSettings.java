package dev.gatehouse.edge;

/**
 * Where spans of calls go.
 *
 * @param endpoint the URL that takes OTLP over HTTP
 * @param sampledPercent how many of the traces are kept, 1 to 100
 * @param version the gateway's version
 */
public record TraceSettings(String endpoint, int sampledPercent, String version) {}
