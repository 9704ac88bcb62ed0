package dev.gatehouse.abuse.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Time goes on, whatever the ticker says. */
final class CourseTest {

  private final Course course = new Course();

  @Test
  void advance_wherever_beginsAtZero() {
    assertEquals(0, course.advance(-77));
    assertEquals(10, course.advance(-67));
  }

  @Test
  void advance_wraps_goesOn() {
    course.advance(Long.MAX_VALUE - 4);
    assertEquals(10, course.advance(Long.MIN_VALUE + 5));
  }

  @Test
  void advance_late_isNow() {
    course.advance(1_000);
    course.advance(2_000);
    assertEquals(1_000, course.advance(1_500));
    assertEquals(1_001, course.advance(2_001));
  }

  @Test
  void advance_setBack_goesOnFromThere() {
    long day = TrafficWatch.DAY_NANOS;
    course.advance(0);
    assertEquals(day, course.advance(day));
    assertEquals(day, course.advance(5));
    assertEquals(day + 1, course.advance(6));
  }
}
