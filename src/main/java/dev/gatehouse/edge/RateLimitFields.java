package dev.gatehouse.edge;

import dev.gatehouse.access.QuotaStanding;
import io.grpc.Metadata;

/**
 * Says in trailers what is left of a grant's quotas, with the fields of
 * draft-ietf-httpapi-ratelimit-headers-09: lists of structured fields (RFC 9651) with one item for
 * each quota. In {@code ratelimit-policy}, {@code q} is its size and {@code w} the seconds in which
 * so much is granted; in {@code ratelimit}, {@code r} is what is left, and {@code t} the seconds
 * until there is more.
 */
final class RateLimitFields {

  static final Metadata.Key<String> POLICY =
      Metadata.Key.of("ratelimit-policy", Metadata.ASCII_STRING_MARSHALLER);

  static final Metadata.Key<String> STANDING =
      Metadata.Key.of("ratelimit", Metadata.ASCII_STRING_MARSHALLER);

  /** The largest integer of a structured field. */
  private static final long INTEGER_MAX = 999_999_999_999_999L;

  private RateLimitFields() {}

  /** Adds both fields to {@code trailers}. */
  static void add(QuotaStanding standing, Metadata trailers) {
    StringBuilder policy = new StringBuilder();
    StringBuilder left = new StringBuilder();
    for (QuotaStanding.Part part : standing.parts()) {
      item(policy, part);
      parameter(policy, 'q', part.quota());
      if (part.windowSeconds() > 0) {
        parameter(policy, 'w', part.windowSeconds());
      }
      item(left, part);
      parameter(left, 'r', part.left());
      if (part.resetSeconds() > 0) {
        parameter(left, 't', part.resetSeconds());
      }
    }
    trailers.put(POLICY, policy.toString());
    trailers.put(STANDING, left.toString());
  }

  /** The names need no escaping. */
  private static void item(StringBuilder field, QuotaStanding.Part part) {
    if (!field.isEmpty()) {
      field.append(", ");
    }
    field.append('"').append(part.kind().label()).append('"');
  }

  private static void parameter(StringBuilder field, char name, long value) {
    field.append(';').append(name).append('=').append(Math.min(value, INTEGER_MAX));
  }
}
