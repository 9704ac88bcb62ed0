package dev.gatehouse.scheduling;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Queued calls, one list for each batch key, and the choice of the list that is served next.
 *
 * <p>The oldest call of all is the only one whose age matters: if it has not reached the delay,
 * none has. So two orders suffice, all lists and the full ones, each by its oldest call.
 */
final class CallGroups<P, R> {

  private final int batchRowsMax;
  private final long queueDelayNanosMax;
  private final Map<Object, CallList<P, R>> groups = new HashMap<>();

  /** All groups, by their oldest call. A group leaves both sets while its head or rows change. */
  private final TreeSet<CallList<P, R>> byAge =
      new TreeSet<>(Comparator.comparingLong(CallList::headSequence));

  /** The groups with rows for a full batch, by their oldest call. */
  private final TreeSet<CallList<P, R>> full =
      new TreeSet<>(Comparator.comparingLong(CallList::headSequence));

  CallGroups(int batchRowsMax, long queueDelayNanosMax) {
    this.batchRowsMax = batchRowsMax;
    this.queueDelayNanosMax = queueDelayNanosMax;
  }

  /** Adds the youngest call. */
  void add(Call<P, R> call) {
    CallList<P, R> group = groups.get(call.batchKey);
    if (group == null) {
      group = new CallList<>();
      groups.put(call.batchKey, group);
      group.addLast(call);
      index(group);
    } else {
      group.addLast(call);
      indexIfFull(group);
    }
  }

  /** Takes one call out, from anywhere. */
  void remove(Call<P, R> call, CallList<P, R> group) {
    open(group);
    group.remove(call);
    close(group, call.batchKey);
  }

  /** The group to serve now, or null if nothing is queued. */
  @Nullable CallList<P, R> next(long now) {
    Call<P, R> oldest = oldest();
    if (oldest == null) {
      return null;
    }
    boolean due = now - oldest.enqueuedNanos >= queueDelayNanosMax;
    return due || full.isEmpty() ? byAge.first() : full.first();
  }

  /** The oldest call of all. */
  @Nullable Call<P, R> oldest() {
    return byAge.isEmpty() ? null : byAge.first().head();
  }

  /** Must precede changes to the head of a group; {@link #close} must follow. */
  void open(CallList<P, R> group) {
    byAge.remove(group);
    full.remove(group);
  }

  /** Ends changes to a group, which is forgotten if it is empty. */
  void close(CallList<P, R> group, Object batchKey) {
    if (group.isEmpty()) {
      groups.remove(batchKey);
    } else {
      index(group);
    }
  }

  private void index(CallList<P, R> group) {
    byAge.add(group);
    indexIfFull(group);
  }

  private void indexIfFull(CallList<P, R> group) {
    if (group.rows() >= batchRowsMax) {
      full.add(group);
    }
  }
}
