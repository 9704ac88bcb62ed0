package dev.gatehouse.abuse.rules;

import static dev.gatehouse.abuse.Severity.CRITICAL;
import static dev.gatehouse.abuse.Severity.WARNING;
import static dev.gatehouse.core.Restraint.DEGRADED;
import static dev.gatehouse.core.Restraint.QUARANTINED;
import static dev.gatehouse.core.Restraint.THROTTLED;

import dev.gatehouse.abuse.Severity;
import dev.gatehouse.abuse.content.ContentSignals;
import dev.gatehouse.abuse.rules.Condition.Evidence;
import dev.gatehouse.abuse.traffic.TrafficSignals;
import dev.gatehouse.core.Restraint;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Every rule about callers, whether it is applied here or by Prometheus. Rules about the gateway
 * itself (its record, its metrics) are not in it: they accuse no caller.
 */
public final class RuleBook {

  private static final List<CallerRule> RULES =
      List.of(
          traffic("row-rate-surge", CRITICAL, THROTTLED, TrafficConditions::surge),
          traffic("row-rate-drift", WARNING, THROTTLED, TrafficConditions::drift),
          elsewhere("compute-share-saturated", WARNING, THROTTLED),
          elsewhere("daily-burn", WARNING, THROTTLED),
          traffic("model-enumeration", CRITICAL, QUARANTINED, TrafficConditions::enumeration),
          traffic("denied-ratio", WARNING, THROTTLED, TrafficConditions::denied),
          content("extraction", CRITICAL, DEGRADED, ContentConditions::extraction),
          content("query-distances", WARNING, DEGRADED, ContentConditions::distances),
          content("boundary-probing", WARNING, DEGRADED, ContentConditions::boundary),
          content("near-duplicate-flood", WARNING, DEGRADED, ContentConditions::nearDuplicates),
          content("novelty-shift", WARNING, DEGRADED, ContentConditions::novelty),
          traffic("off-hours", WARNING, THROTTLED, TrafficConditions::offHours),
          traffic("new-network-volume", CRITICAL, QUARANTINED, OriginConditions::newNetworkVolume),
          traffic("network-spread", WARNING, QUARANTINED, OriginConditions::spread),
          traffic("credential-sharing", CRITICAL, QUARANTINED, OriginConditions::sharing),
          traffic("payload-shift", WARNING, THROTTLED, TrafficConditions::payload),
          traffic("latency-abuse", WARNING, THROTTLED, TrafficConditions::cost),
          traffic("cancel-abuse", WARNING, THROTTLED, TrafficConditions::wasted));

  private static final Map<String, CallerRule> BY_ID = byId();

  private RuleBook() {}

  /** The ids of all of them, in the order of the catalogue. */
  public static Set<String> ids() {
    return BY_ID.keySet();
  }

  /** What is known of a rule; empty for one that is not about callers. */
  public static Optional<dev.gatehouse.abuse.CallerRule> find(String ruleId) {
    return Optional.ofNullable(BY_ID.get(ruleId))
        .map(
            rule ->
                new dev.gatehouse.abuse.CallerRule(
                    rule.id(), rule.severity(), Optional.of(rule.restraint()), inProcess(ruleId)));
  }

  /** What a caller is held to for it if the policy acts; empty for a rule that is not about one. */
  public static Optional<Restraint> restraint(String ruleId) {
    return Optional.ofNullable(BY_ID.get(ruleId)).map(CallerRule::restraint);
  }

  /** How much it asks for; empty for a rule that is not about callers. */
  public static Optional<Severity> severity(String ruleId) {
    return Optional.ofNullable(BY_ID.get(ruleId)).map(CallerRule::severity);
  }

  /** Whether a gateway applies it by itself, so that {@link CallerRules} may speak of it. */
  public static boolean inProcess(String ruleId) {
    CallerRule rule = BY_ID.get(ruleId);
    return rule != null && !(rule.condition() instanceof Condition.Elsewhere);
  }

  /** Whether a gateway applies it by itself, to traffic alone. */
  public static boolean onTraffic(String ruleId) {
    CallerRule rule = BY_ID.get(ruleId);
    return rule != null && rule.condition() instanceof Condition.OfTraffic;
  }

  /** Whether it accuses a caller. */
  public static boolean aboutCallers(String ruleId) {
    return BY_ID.containsKey(ruleId);
  }

  static List<CallerRule> rules() {
    return RULES;
  }

  private static Map<String, CallerRule> byId() {
    Map<String, CallerRule> byId = new LinkedHashMap<>();
    RULES.forEach(rule -> byId.put(rule.id(), rule));
    return Collections.unmodifiableMap(byId);
  }

  private static CallerRule traffic(
      String id, Severity severity, Restraint restraint, Evidence<TrafficSignals> evidence) {
    return new CallerRule(id, severity, restraint, new Condition.OfTraffic(evidence));
  }

  private static CallerRule content(
      String id, Severity severity, Restraint restraint, Evidence<ContentSignals> evidence) {
    return new CallerRule(id, severity, restraint, new Condition.OfContent(evidence));
  }

  private static CallerRule elsewhere(String id, Severity severity, Restraint restraint) {
    return new CallerRule(id, severity, restraint, new Condition.Elsewhere());
  }
}
