package dev.gatehouse.abuse.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** A key in two places at once is told from one that moved. */
final class CredentialUsesTest {

  private static final long MINUTE = 60_000_000_000L;

  private final CredentialUses uses = new CredentialUses();

  @Test
  void shared_inTurnsFromTwoNetworks_isOne() {
    for (int i = 0; i < 4; i++) {
      uses.use(1, i % 2, i % 2 == 1, i * MINUTE);
    }
    assertEquals(1, uses.shared(4 * MINUTE));
    assertEquals(0, uses.shared(12 * MINUTE));
  }

  @Test
  void shared_movedThereAndBack_isNone() {
    uses.use(1, 0, false, 0);
    uses.use(1, 5, true, MINUTE);
    uses.use(1, 5, true, 2 * MINUTE);
    uses.use(1, 0, false, 3 * MINUTE);
    assertEquals(0, uses.shared(3 * MINUTE));
  }

  @Test
  void shared_switchesOverHours_isNone() {
    for (int i = 0; i < 20; i++) {
      uses.use(1, i % 2, i % 2 == 1, i * 6L * MINUTE);
    }
    assertEquals(0, uses.shared(19 * 6 * MINUTE));
  }

  @Test
  void shared_atHomeInTwoNetworks_isNoneUntilAThirdTakesTurns() {
    for (int i = 0; i < 1_000; i++) {
      uses.use(1, i % 2, false, i);
    }
    assertEquals(0, uses.shared(1_000));
    for (int i = 0; i < 200; i++) {
      boolean thief = i % 2 == 1;
      uses.use(1, thief ? 7 : i / 2 % 2, thief, 1_000 + i);
    }
    assertEquals(1, uses.shared(1_200));
  }

  @Test
  void shared_fleetWithOneNewPlace_isNone() {
    Random random = new Random(3);
    for (int i = 0; i < 100_000; i++) {
      int place = random.nextInt(13);
      uses.use(1, place, place == 12, i);
      assertEquals(0, i < 100 ? 0 : uses.shared(i), "call " + i);
    }
  }

  @Test
  void shared_ownKeyInEachNetwork_isNone() {
    for (int i = 0; i < 20; i++) {
      uses.use(i % 2, i % 2, i % 2 == 1, i);
    }
    assertEquals(0, uses.shared(20));
    assertEquals(2, uses.usedSince(0));
  }

  @Test
  void use_moreThanCapacity_forgetsTheOldestAndItsSwitches() {
    for (int i = 0; i < 4; i++) {
      uses.use(1_000, i % 2, true, i);
    }
    for (int i = 0; i < 100; i++) {
      uses.use(i, 0, false, 10 + i);
    }
    assertEquals(CredentialUses.CREDENTIALS_MAX, uses.usedSince(0));
    assertEquals(0, uses.shared(200));
  }
}
