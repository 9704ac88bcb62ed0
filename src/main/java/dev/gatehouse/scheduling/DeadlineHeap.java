package dev.gatehouse.scheduling;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Queued calls with a finite deadline, a binary heap on it. Each call knows its index, so that
 * taking any one out costs the logarithm; adding costs little, since later calls tend to expire
 * later.
 */
final class DeadlineHeap<P, R> {

  private final List<Call<P, R>> heap = new ArrayList<>();

  /** The call which expires first. */
  @Nullable Call<P, R> first() {
    return heap.isEmpty() ? null : heap.getFirst();
  }

  /** Adds the call if its deadline is finite. */
  void add(Call<P, R> call) {
    if (call.deadline.finite()) {
      heap.add(call);
      up(heap.size() - 1, call);
    }
  }

  /** Takes the call out if it is in. */
  void remove(Call<P, R> call) {
    int index = call.heapIndex;
    if (index < 0) {
      return;
    }
    call.heapIndex = -1;
    Call<P, R> last = heap.removeLast();
    if (last != call) {
      down(index, last);
      if (last.heapIndex == index) {
        up(index, last);
      }
    }
  }

  private void up(int start, Call<P, R> call) {
    int index = start;
    while (index > 0) {
      int parentIndex = (index - 1) >>> 1;
      Call<P, R> parent = heap.get(parentIndex);
      if (!sooner(call, parent)) {
        break;
      }
      put(index, parent);
      index = parentIndex;
    }
    put(index, call);
  }

  private void down(int start, Call<P, R> call) {
    int index = start;
    int half = heap.size() >>> 1;
    while (index < half) {
      int childIndex = 2 * index + 1;
      if (childIndex + 1 < heap.size() && sooner(heap.get(childIndex + 1), heap.get(childIndex))) {
        childIndex++;
      }
      Call<P, R> child = heap.get(childIndex);
      if (!sooner(child, call)) {
        break;
      }
      put(index, child);
      index = childIndex;
    }
    put(index, call);
  }

  private void put(int index, Call<P, R> call) {
    heap.set(index, call);
    call.heapIndex = index;
  }

  private static boolean sooner(Call<?, ?> a, Call<?, ?> b) {
    return a.deadline.nanos() - b.deadline.nanos() < 0;
  }
}
