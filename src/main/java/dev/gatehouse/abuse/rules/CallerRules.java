package dev.gatehouse.abuse.rules;

import dev.gatehouse.abuse.Alarm;
import dev.gatehouse.abuse.CallerRule;
import dev.gatehouse.abuse.CallerView;
import dev.gatehouse.abuse.Judge;
import dev.gatehouse.abuse.content.ContentSignals;
import dev.gatehouse.core.ModelName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

  private final RuleSettings settings;

  /** Applies the rules with these thresholds. */
  public CallerRules(RuleSettings settings) {
    this.settings = settings;
  }

  @Override
  public List<Alarm> judge(CallerView view) {
    List<Alarm> alarms = new ArrayList<>();
    for (JudgedRule judged : RuleBook.rules()) {
      CallerRule rule = judged.rule();
      switch (judged.condition()) {
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
