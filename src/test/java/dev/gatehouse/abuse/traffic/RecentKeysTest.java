package dev.gatehouse.abuse.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Keys are remembered exactly up to the capacity; beyond it the oldest goes. */
final class RecentKeysTest {

  private final RecentKeys keys = new RecentKeys(4);

  @Test
  void see_again_isNotNew() {
    assertTrue(keys.see(0, 1));
    assertFalse(keys.see(0, 2));
    assertTrue(keys.see(7, 3));
    assertFalse(keys.see(0, 4));
    assertEquals(1, keys.firstSeen());
  }

  @Test
  void see_full_forgetsTheOneNotSeenForLongest() {
    for (int key = 0; key < 4; key++) {
      keys.see(key, key);
    }
    keys.see(0, 10);
    keys.see(99, 11);
    assertFalse(keys.see(0, 12));
    assertTrue(keys.see(1, 13));
    assertEquals(4, keys.size());
  }

  @Test
  void seenSince_someOld_countsTheOthers() {
    keys.see(1, 10);
    keys.see(2, 20);
    keys.see(1, 30);
    assertEquals(1, keys.seenSince(25));
    assertEquals(2, keys.seenSince(20));
    assertEquals(1, keys.newSince(20));
  }
}
