package dev.gatehouse.abuse.rules;

import static dev.gatehouse.abuse.Severity.CRITICAL;
import static dev.gatehouse.abuse.Severity.WARNING;
import static dev.gatehouse.abuse.Sign.AMOUNT;
import static dev.gatehouse.abuse.Sign.BOUNDARY;
import static dev.gatehouse.abuse.Sign.CANCELS;
import static dev.gatehouse.abuse.Sign.CLOSENESS;
import static dev.gatehouse.abuse.Sign.COST;
import static dev.gatehouse.abuse.Sign.DENIALS;
import static dev.gatehouse.abuse.Sign.EXTRACTION;
import static dev.gatehouse.abuse.Sign.HOURS;
import static dev.gatehouse.abuse.Sign.NOVELTY;
import static dev.gatehouse.abuse.Sign.ORIGIN;
import static dev.gatehouse.abuse.Sign.PAYLOAD;
import static dev.gatehouse.core.Restraint.DEGRADED;
import static dev.gatehouse.core.Restraint.QUARANTINED;
import static dev.gatehouse.core.Restraint.THROTTLED;

import dev.gatehouse.abuse.CallerRule;
import dev.gatehouse.abuse.Severity;
import dev.gatehouse.abuse.Sign;
import dev.gatehouse.abuse.content.ContentSignals;
import dev.gatehouse.abuse.rules.Condition.Evidence;
import dev.gatehouse.abuse.traffic.TrafficSignals;
import dev.gatehouse.core.Restraint;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Every rule about callers, whether it is applied here or by Prometheus. Rules about the gateway
 * itself (its record, its metrics) are not in it: they accuse no caller.
 */
public final class RuleBook {

  private static final List<JudgedRule> RULES =
      List.of(
          traffic("row-rate-surge", AMOUNT, CRITICAL, THROTTLED, TrafficConditions::surge),
          traffic("row-rate-drift", AMOUNT, WARNING, THROTTLED, TrafficConditions::drift),
          elsewhere("compute-share-saturated", AMOUNT, WARNING, THROTTLED),
          elsewhere("daily-burn", AMOUNT, WARNING, THROTTLED),
          traffic(
              "model-enumeration", DENIALS, CRITICAL, QUARANTINED, TrafficConditions::enumeration),
          traffic("denied-ratio", DENIALS, WARNING, THROTTLED, TrafficConditions::denied),
          content("extraction", EXTRACTION, CRITICAL, DEGRADED, ContentConditions::extraction),
          content("query-distances", CLOSENESS, WARNING, DEGRADED, ContentConditions::distances),
          content("boundary-probing", BOUNDARY, WARNING, DEGRADED, ContentConditions::boundary),
          content(
              "near-duplicate-flood",
              CLOSENESS,
              WARNING,
              DEGRADED,
              ContentConditions::nearDuplicates),
          content("novelty-shift", NOVELTY, WARNING, DEGRADED, ContentConditions::novelty),
          traffic("off-hours", HOURS, WARNING, THROTTLED, TrafficConditions::offHours),
          traffic(
              "new-network-volume",
              ORIGIN,
              CRITICAL,
              QUARANTINED,
              OriginConditions::newNetworkVolume),
          traffic("network-spread", ORIGIN, WARNING, QUARANTINED, OriginConditions::spread),
          traffic("credential-sharing", ORIGIN, WARNING, QUARANTINED, OriginConditions::sharing),
          traffic("payload-shift", PAYLOAD, WARNING, THROTTLED, TrafficConditions::payload),
          traffic("latency-abuse", COST, WARNING, THROTTLED, TrafficConditions::cost),
          traffic("cancel-abuse", CANCELS, WARNING, THROTTLED, TrafficConditions::wasted));

  private static final Map<String, JudgedRule> BY_ID = byId();
  private static final Set<String> JUDGED_IDS = judged();

  private RuleBook() {}

  /** The ids of all of them, in the order of the catalogue. */
  public static Set<String> ids() {
    return BY_ID.keySet();
  }

  /** The ids of those that a gateway judges by itself, in the order of the catalogue. */
  public static Set<String> judgedIds() {
    return JUDGED_IDS;
  }

  /** A rule; empty for one that is not about callers. */
  public static Optional<CallerRule> find(String ruleId) {
    return Optional.ofNullable(BY_ID.get(ruleId)).map(JudgedRule::rule);
  }

  /** Whether a gateway applies it by itself, to traffic alone. */
  public static boolean onTraffic(String ruleId) {
    JudgedRule judged = BY_ID.get(ruleId);
    return judged != null && judged.condition() instanceof Condition.OfTraffic;
  }

  static List<JudgedRule> rules() {
    return RULES;
  }

  private static Map<String, JudgedRule> byId() {
    Map<String, JudgedRule> byId = new LinkedHashMap<>();
    RULES.forEach(judged -> byId.put(judged.rule().id(), judged));
    return Collections.unmodifiableMap(byId);
  }

  private static Set<String> judged() {
    Set<String> ids = new LinkedHashSet<>();
    RULES.stream()
        .map(JudgedRule::rule)
        .filter(CallerRule::inProcess)
        .forEach(rule -> ids.add(rule.id()));
    return Collections.unmodifiableSet(ids);
  }

  private static JudgedRule traffic(
      String id,
      Sign sign,
      Severity severity,
      Restraint restraint,
      Evidence<TrafficSignals> evidence) {
    return judged(id, sign, severity, restraint, new Condition.OfTraffic(evidence));
  }

  private static JudgedRule content(
      String id,
      Sign sign,
      Severity severity,
      Restraint restraint,
      Evidence<ContentSignals> evidence) {
    return judged(id, sign, severity, restraint, new Condition.OfContent(evidence));
  }

  private static JudgedRule elsewhere(
      String id, Sign sign, Severity severity, Restraint restraint) {
    return judged(id, sign, severity, restraint, new Condition.Elsewhere());
  }

  private static JudgedRule judged(
      String id, Sign sign, Severity severity, Restraint restraint, Condition condition) {
    boolean inProcess = !(condition instanceof Condition.Elsewhere);
    return new JudgedRule(
        new CallerRule(id, severity, Optional.of(restraint), sign, inProcess), condition);
  }
}
