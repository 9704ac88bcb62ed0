package dev.gatehouse.access;

import dev.gatehouse.access.OutputPolicy.Detail;
import dev.gatehouse.core.AuthenticationStrength;
import dev.gatehouse.core.TensorSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What the fields of a new grant must be, whoever gives it. */
final class GrantFields {

  private GrantFields() {}

  /** Checks all of them; field paths are those of the wire. */
  static void check(Fields fields, NewGrant grant, Instant now, Duration lifetimeMax) {
    fields.check(!grant.actions().isEmpty(), "grant.actions", "must name at least one action");
    checkExpireTime(fields, grant, now, lifetimeMax);
    int networks = grant.conditions().sourceNetworks().size();
    fields.check(
        networks <= GrantConditions.SOURCE_NETWORKS_MAX,
        "grant.source_networks",
        "must be at most " + GrantConditions.SOURCE_NETWORKS_MAX);
    switch (grant.effect()) {
      case ALLOW -> checkTerms(fields, grant.terms());
      case DENY -> checkNoTerms(fields, grant);
    }
  }

  private static void checkExpireTime(
      Fields fields, NewGrant grant, Instant now, Duration lifetimeMax) {
    Instant expireTime = Fields.storable(grant.expireTime());
    if (grant.effect() == GrantEffect.DENY && expireTime.equals(Grant.NO_END)) {
      return;
    }
    fields
        .check(expireTime.isAfter(now), "grant.expire_time", "must lie in the future")
        .check(
            !expireTime.isAfter(now.plus(lifetimeMax)),
            "grant.expire_time",
            "must lie at most " + lifetimeMax.toDays() + " days ahead");
  }

  private static void checkTerms(Fields fields, GrantTerms terms) {
    fields.check(
        terms.weight() >= GrantTerms.WEIGHT_MIN && terms.weight() <= GrantTerms.WEIGHT_MAX,
        "grant.weight",
        "must be " + GrantTerms.WEIGHT_MIN + " to " + GrantTerms.WEIGHT_MAX);
    checkQuota(fields, terms.quota());
    checkPolicies(fields, terms.outputPolicies());
  }

  private static void checkQuota(Fields fields, Quota quota) {
    checkBound(fields, quota.callsPerSecond(), Quota.CALLS_PER_SECOND_MAX, "calls_per_second");
    checkBound(fields, quota.callsBurst(), Quota.CALLS_BURST_MAX, "calls_burst");
    fields.check(
        quota.callsBurst() == 0 || quota.callsPerSecond() != 0,
        "grant.quota.calls_burst",
        "bounds nothing without calls_per_second");
    checkBound(fields, quota.rowsPerSecond(), Quota.ROWS_PER_SECOND_MAX, "rows_per_second");
    checkBound(fields, quota.rowsPerDay(), Quota.ROWS_PER_DAY_MAX, "rows_per_day");
    checkBound(fields, quota.concurrentCalls(), Quota.CONCURRENT_CALLS_MAX, "concurrent_calls");
  }

  private static void checkBound(Fields fields, long value, long max, String field) {
    fields.check(value >= 0 && value <= max, "grant.quota." + field, "must be 0 to " + max);
  }

  private static void checkPolicies(Fields fields, List<OutputPolicy> policies) {
    fields.check(
        policies.size() <= OutputPolicy.POLICIES_MAX,
        "grant.output_policies",
        "must be at most " + OutputPolicy.POLICIES_MAX);
    Set<String> outputs = new HashSet<>();
    for (int i = 0; i < Math.min(policies.size(), OutputPolicy.POLICIES_MAX); i++) {
      OutputPolicy policy = policies.get(i);
      String path = "grant.output_policies[" + i + "]";
      fields
          .check(outputs.add(policy.output()), path + ".output", "is named before")
          .check(
              outputName(policy.output()),
              path + ".output",
              "must have at most " + TensorSpec.NAME_LENGTH_MAX + " printable ASCII characters")
          .check(
              policy.detail() == Detail.TOP_K
                  ? policy.topK() >= 1 && policy.topK() <= OutputPolicy.TOP_K_MAX
                  : policy.topK() == 0,
              path + ".top_k",
              "must be 1 to " + OutputPolicy.TOP_K_MAX + " for the top scores, else unset")
          .check(
              policy.detail() == Detail.ROUNDED
                  ? policy.decimals() >= 0 && policy.decimals() <= OutputPolicy.DECIMALS_MAX
                  : policy.decimals() == 0,
              path + ".decimals",
              "must be 0 to " + OutputPolicy.DECIMALS_MAX + " for rounded scores, else unset");
    }
  }

  /** Empty, or what an output can be called. */
  private static boolean outputName(String name) {
    return name.length() <= TensorSpec.NAME_LENGTH_MAX
        && name.chars().allMatch(c -> c >= 0x21 && c <= 0x7e);
  }

  /** What denies applies whoever asks and however; what it would give makes no sense. */
  private static void checkNoTerms(Fields fields, NewGrant grant) {
    GrantTerms terms = grant.terms();
    String unset = "must be unset in a grant that denies";
    fields
        .check(
            grant.conditions().minimumStrength() == AuthenticationStrength.API_KEY,
            "grant.minimum_strength",
            unset)
        .check(terms.weight() == GrantTerms.WEIGHT_DEFAULT, "grant.weight", unset)
        .check(terms.priority() == GrantTerms.DEFAULT.priority(), "grant.priority", unset)
        .check(terms.quota().none(), "grant.quota", unset)
        .check(terms.outputPolicies().isEmpty(), "grant.output_policies", unset);
  }
}
