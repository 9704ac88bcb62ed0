package dev.gatehouse.changes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Which changes count as not told, and what is understood of a notification. */
final class TallyTest {

  private final Tally tally = new Tally();

  @Test
  void read_firstOrUnmoved_isNotMissed() {
    assertFalse(tally.read(7));
    assertFalse(tally.read(7));
  }

  @Test
  void read_toldBeforeOrRightAfter_isNotMissed() {
    assertFalse(tally.read(7));
    tally.told(8);
    assertFalse(tally.read(8));
    assertFalse(tally.read(9));
    tally.told(9);
    assertFalse(tally.read(9));
  }

  @Test
  void read_neverTold_isMissedOnce() {
    assertFalse(tally.read(7));
    assertFalse(tally.read(8));
    assertTrue(tally.read(8));
    assertFalse(tally.read(8));
  }

  @Test
  void reset_whatHappenedMeanwhile_isNotMissed() {
    assertFalse(tally.read(7));
    tally.reset();
    assertFalse(tally.read(9));
    assertFalse(tally.read(9));
  }

  @Test
  void parse_anything_isATopicWithACounterOrNothing() {
    assertEquals(new Notification(Topic.ACCESS, 12), Notification.parse("access 12"));
    assertEquals(new Notification(Topic.REGISTRY, 0), Notification.parse("registry 0"));
    for (String other :
        new String[] {"", " ", "access", "access ", "access x", "ACCESS 1", "a 1"}) {
      assertNull(Notification.parse(other), other);
    }
  }
}
