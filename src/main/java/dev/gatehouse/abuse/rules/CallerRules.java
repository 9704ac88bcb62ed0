package dev.gatehouse.abuse.rules;

import dev.gatehouse.abuse.Alarm;
import dev.gatehouse.abuse.CallerRule;
import dev.gatehouse.abuse.CallerView;
import dev.gatehouse.abuse.Judge;
import dev.gatehouse.abuse.content.ContentSignals;
import dev.gatehouse.core.ModelName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The rules that a gateway applies by itself. Immutable, for any thread; keeps nothing. */
public final class CallerRules implements Judge {

  /**
   * Rows that came longer ago say nothing of now: signals of contents are of the last rows, however
   * long ago those came, and any other call of the caller has them read again.
   */
  static final double ROWS_AGE_SECONDS_MAX = 600;

  /**
   * Rows, half of them forgotten each day, below which a caller is too slow for its last hundred to
   * be of one time: it would be found again with every row.
   */
  static final double VOLUME_MIN = 90;

  /** The least that one rule's thresholds can be multiplied by. */
  public static final double FACTOR_MIN = 0.1;

  /** The most that one rule's thresholds can be multiplied by. */
  public static final double FACTOR_MAX = 100;

  /** A rule with its thresholds, which are made once and not with each judgement. */
  private record Applied(CallerRule rule, Condition condition, RuleSettings settings) {}

  private final List<Applied> applied;

  /** Applies all rules with these thresholds. */
  public CallerRules(RuleSettings settings) {
    this(id -> true, id -> settings);
  }

  private CallerRules(Predicate<String> wanted, Function<String, RuleSettings> settings) {
    this.applied =
        RuleBook.rules().stream()
            .filter(judged -> judged.rule().inProcess() && wanted.test(judged.rule().id()))
            .map(
                judged ->
                    new Applied(
                        judged.rule(), judged.condition(), settings.apply(judged.rule().id())))
            .toList();
  }

  /**
   * Applies the rules with thresholds of their own.
   *
   * @param factors by rule, what its usual thresholds are multiplied by, {@link #FACTOR_MIN} to
   *     {@link #FACTOR_MAX}; 1 for rules that are not in it
   * @param off rules that find nothing
   * @throws IllegalArgumentException if one is no rule that a gateway judges by, or a factor is out
   *     of bounds
   */
  public static CallerRules tuned(Map<String, Double> factors, Set<String> off) {
    factors.forEach(CallerRules::check);
    off.forEach(CallerRules::check);
    return new CallerRules(
        id -> !off.contains(id), id -> RuleSettings.defaults().times(factors.getOrDefault(id, 1d)));
  }

  private static void check(String ruleId) {
    if (!RuleBook.judgedIds().contains(ruleId)) {
      throw new IllegalArgumentException("no rule that a gateway judges by: " + ruleId);
    }
  }

  private static void check(String ruleId, double factor) {
    check(ruleId);
    if (!factorValid(factor)) {
      throw new IllegalArgumentException("the factor of " + ruleId + " is " + factor);
    }
  }

  /** Whether thresholds can be multiplied by that; NaN is no factor. */
  public static boolean factorValid(double factor) {
    return factor >= FACTOR_MIN && factor <= FACTOR_MAX;
  }

  @Override
  public List<Alarm> judge(CallerView view) {
    List<Alarm> alarms = new ArrayList<>();
    for (Applied each : applied) {
      CallerRule rule = each.rule();
      RuleSettings settings = each.settings();
      switch (each.condition()) {
        case Condition.OfTraffic traffic ->
            add(alarms, rule, view, null, traffic.evidence().of(view.traffic(), settings));
        case Condition.OfContent content ->
            view.contents()
                .forEach(
                    (model, signals) -> {
                      if (lately(signals)) {
                        add(alarms, rule, view, model, content.evidence().of(signals, settings));
                      }
                    });
        case Condition.Elsewhere elsewhere -> {}
      }
    }
    return alarms;
  }

  private static boolean lately(ContentSignals signals) {
    return signals.idleSeconds() <= ROWS_AGE_SECONDS_MAX && signals.volumeRows() >= VOLUME_MIN;
  }

  private static void add(
      List<Alarm> alarms,
      CallerRule rule,
      CallerView view,
      @Nullable ModelName model,
      Optional<String> evidence) {
    evidence.ifPresent(
        measured ->
            alarms.add(
                new Alarm(
                    rule.id(),
                    rule.severity(),
                    view.caller(),
                    model,
                    measured,
                    view.traffic().at())));
  }
}
