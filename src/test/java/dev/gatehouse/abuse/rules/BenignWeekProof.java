package dev.gatehouse.abuse.rules;

import static dev.gatehouse.abuse.rules.Honest.DAY;
import static dev.gatehouse.abuse.rules.Honest.HOUR;

import dev.gatehouse.abuse.content.DigitsVictim;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole week of {@link BenignWeekTest}, each second judged and each row looked at. */
final class BenignWeekProof {

  /** Never restarted; and restarted on Wednesday afternoon, when all history is lost. */
  @ParameterizedTest
  @ValueSource(longs = {-1, 2 * DAY + 14 * HOUR})
  void week_ofMixedHonestCallers_leadsToNoRestrictionAndHardlyAFinding(long restartAt) {
    BenignWeekTest.check(
        new BenignWeek(DigitsVictim.trained(), BenignWeekTest.SEED, BenignWeek.DAYS)
            .run(1, restartAt));
  }
}
