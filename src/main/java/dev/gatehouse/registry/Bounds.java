package dev.gatehouse.registry;

import dev.gatehouse.core.Refusal.Violation;
import java.time.Duration;
import java.util.List;

/** Checks single values, and adds what is wrong to a list, so that all is said at once. */
record Bounds(List<Violation> violations) {

  void check(String field, long value, long least, long most) {
    if (value < least || value > most) {
      violations.add(new Violation(field, "is not " + least + " to " + most));
    }
  }

  void check(String field, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      violations.add(
          new Violation(field, "is not " + least.toMillis() + " ms to " + most.toMillis() + " ms"));
    }
  }

  /** Sizes that grow from 1 to {@code most}, at most {@code sizesMax} of them. */
  void checkSizes(String field, List<Integer> sizes, int sizesMax, int most) {
    int before = 0;
    boolean ascending = true;
    for (int size : sizes) {
      ascending &= size > before && size <= most;
      before = size;
    }
    if (!ascending) {
      violations.add(new Violation(field, "must grow from 1 to at most deployment.max_batch_rows"));
    }
    if (sizes.size() > sizesMax) {
      violations.add(new Violation(field, "has more than " + sizesMax + " sizes"));
    }
  }
}
