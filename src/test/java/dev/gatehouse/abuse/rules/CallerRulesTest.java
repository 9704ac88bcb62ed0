package dev.gatehouse.abuse.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatehouse.abuse.Alarm;
import dev.gatehouse.abuse.CallerView;
import dev.gatehouse.abuse.content.ContentSignals;
import dev.gatehouse.abuse.traffic.Rate;
import dev.gatehouse.abuse.traffic.Shift;
import dev.gatehouse.abuse.traffic.TrafficSignals;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each rule has thresholds of its own, and can be off, without any other being touched. */
final class CallerRulesTest {

  private static final long FOUR_DAYS_SECONDS = 345_600;
  private static final double MUCH = 1.5;
  private static final double LITTLE = 0.75;

  private static Set<String> judgedIds() {
    return RuleBook.judgedIds();
  }

  /** Those that a caller can be shown to be halfway to, each without the others. */
  private static Stream<String> scaledIds() {
    Set<String> others = Set.of("credential-sharing", "new-network-volume");
    return judgedIds().stream().filter(id -> !others.contains(id));
  }

  private static TrafficSignals.Window window(double seconds, double scale, double rowsPerSecond) {
    return new TrafficSignals.Window(
        seconds,
        10_000,
        10_000 / seconds,
        rowsPerSecond,
        1,
        OptionalDouble.of(0.5),
        OptionalDouble.of(scale * 0.3),
        OptionalDouble.of(0),
        OptionalDouble.of(scale * 0.5),
        OptionalDouble.of(0));
  }

  /** A caller who does everything at once, at so many times the usual thresholds. */
  private static CallerView view(double scale) {
    Rate rows = new Rate(scale * 300, 10, 100, Rate.Basis.OWN);
    Rate none = new Rate(0, 1, 100, Rate.Basis.OWN);
    TrafficSignals traffic =
        new TrafficSignals(
            Instant.parse("2026-03-02T00:00:00Z"),
            1_000_000,
            FOUR_DAYS_SECONDS,
            window(10, scale, rows.perSecond()),
            window(600, scale, scale * 125),
            window(86_400, scale, scale * 125),
            none,
            rows,
            none,
            new TrafficSignals.Sustained(none, none),
            Optional.of(new Shift(10, scale * 4)),
            Optional.empty(),
            new TrafficSignals.Models(20, (long) (scale * 10), 20),
            new TrafficSignals.Origins((int) (scale * 8), 4, 4, rows.perSecond()),
            new TrafficSignals.Credentials(1, (int) scale),
            new TrafficSignals.Cost(
                OptionalDouble.of(scale * 3), OptionalDouble.of(1), OptionalDouble.of(0), 0),
            Optional.of(new TrafficSignals.OffHours((long) (scale * 30), 100)));
    ContentSignals contents =
        new ContentSignals(
            500,
            0,
            100,
            100,
            500,
            100,
            0,
            scale * 0.4,
            scale * 0.25,
            0,
            scale * 0.3,
            OptionalDouble.of(1 - scale * 0.1),
            1,
            1,
            500,
            scale * 0.4,
            0);
    return new CallerView(
        new CallerId("thief"), traffic, Map.of(new ModelName("digits"), contents));
  }

  private static Set<String> found(CallerRules rules, CallerView view) {
    return rules.judge(view).stream().map(Alarm::rule).collect(Collectors.toSet());
  }

  private static Set<String> without(Set<String> ids, String id) {
    Set<String> rest = new TreeSet<>(ids);
    rest.remove(id);
    return rest;
  }

  @Test
  void judge_nothingTuned_isTheDefaults() {
    assertEquals(judgedIds(), found(CallerRules.tuned(Map.of(), Set.of()), view(MUCH)));
    assertEquals(judgedIds(), found(new CallerRules(RuleSettings.defaults()), view(MUCH)));
  }

  @Test
  void judge_factorOfTwo_isOfThatRuleAlone() {
    CallerRules rules = CallerRules.tuned(Map.of("denied-ratio", 2d), Set.of());
    assertEquals(without(judgedIds(), "denied-ratio"), found(rules, view(MUCH)));
  }

  @ParameterizedTest
  @MethodSource("judgedIds")
  void judge_factorAboveOne_silencesThatRuleAlone(String id) {
    CallerRules rules = CallerRules.tuned(Map.of(id, 10d), Set.of());
    assertEquals(without(judgedIds(), id), found(rules, view(MUCH)));
  }

  @ParameterizedTest
  @MethodSource("scaledIds")
  void judge_factorBelowOne_findsMoreByThatRuleAlone(String id) {
    Set<String> usually = found(CallerRules.tuned(Map.of(), Set.of()), view(LITTLE));
    Set<String> wanted = new TreeSet<>(usually);
    wanted.add(id);
    assertEquals(usually.size() + 1, wanted.size(), "found anyway");
    assertEquals(wanted, found(CallerRules.tuned(Map.of(id, 0.5), Set.of()), view(LITTLE)));
  }

  @ParameterizedTest
  @MethodSource("judgedIds")
  void judge_ruleOff_isNeverFound(String id) {
    // whatever its factor
    CallerRules rules = CallerRules.tuned(Map.of(id, 0.1), Set.of(id));
    assertEquals(without(judgedIds(), id), found(rules, view(MUCH)));
  }

  @Test
  void judge_allOff_findsNothing() {
    assertEquals(Set.of(), found(CallerRules.tuned(Map.of(), judgedIds()), view(MUCH)));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.09, 100.1, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void tuned_factorOutOfBounds_isRefused(double factor) {
    assertThrows(
        IllegalArgumentException.class,
        () -> CallerRules.tuned(Map.of("extraction", factor), Set.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"nonesuch", "", "daily-burn", "metrics-absent"})
  void tuned_noRuleOfTheGateway_isRefused(String id) {
    assertThrows(IllegalArgumentException.class, () -> CallerRules.tuned(Map.of(id, 1d), Set.of()));
    assertThrows(IllegalArgumentException.class, () -> CallerRules.tuned(Map.of(), Set.of(id)));
  }
}
