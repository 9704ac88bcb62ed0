package dev.gatehouse.abuse.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** A key in two places at once is told from one that moved. */
final class CredentialUsesTest {

  private static final long MINUTE = 60_000_000_000L;

  private final CredentialUses uses = new CredentialUses();

  @Test
  void shared_inTurnsFromTwoNetworks_isOne() {
    for (int i = 0; i < 4; i++) {
      uses.use(1, i % 2, i * MINUTE);
    }
    assertEquals(1, uses.shared(4 * MINUTE));
    assertEquals(0, uses.shared(12 * MINUTE));
  }

  @Test
  void shared_movedThereAndBack_isNone() {
    uses.use(1, 0, 0);
    uses.use(1, 5, MINUTE);
    uses.use(1, 5, 2 * MINUTE);
    uses.use(1, 0, 3 * MINUTE);
    assertEquals(0, uses.shared(3 * MINUTE));
  }

  @Test
  void shared_switchesOverHours_isNone() {
    for (int i = 0; i < 20; i++) {
      uses.use(1, i % 2, i * 6L * MINUTE);
    }
    assertEquals(0, uses.shared(19 * 6 * MINUTE));
  }

  @Test
  void shared_ownKeyInEachNetwork_isNone() {
    for (int i = 0; i < 20; i++) {
      uses.use(i % 2, i % 2, i);
    }
    assertEquals(0, uses.shared(20));
    assertEquals(2, uses.usedSince(0));
  }

  @Test
  void use_moreThanCapacity_forgetsTheOldestAndItsSwitches() {
    for (int i = 0; i < 4; i++) {
      uses.use(1_000, i % 2, i);
    }
    for (int i = 0; i < 100; i++) {
      uses.use(i, 0, 10 + i);
    }
    assertEquals(CredentialUses.CREDENTIALS_MAX, uses.usedSince(0));
    assertEquals(0, uses.shared(200));
  }
}
