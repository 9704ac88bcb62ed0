package dev.gatehouse.scheduling;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The queued calls of one priority, and whose turn it is among the callers: start-time fair
 * queueing, charged at dispatch.
 */
final class Tier<P, R> {

  /** Divides by all weights up to 16, so that shares of such weights are exact. */
  static final long SCALE = 720_720;

  /**
   * How many full batches of its own a caller's virtual time may be ahead of the tier's. Who fills
   * room that others cannot use is charged for it, but must not stand back for as long as it could
   * help itself. So it draws the tier's virtual time after it, and with that those who come later
   * or were left behind; its own charge is never cut, since several who fill must stay in order
   * among themselves.
   */
  static final int LEAD_BATCHES = 4;

  /** How many empty lanes of a caller, and groups, are kept for calls of the same key. */
  static final int KEPT = 8;

  private final Priority priority;
  private final int batchRowsMax;

  /** Those with calls. */
  private final IndexedHeap<Backlog<P, R>> order = new IndexedHeap<>();

  private final Map<Object, Group<P, R>> groups = new HashMap<>();

  /** The groups with rows for a full batch. */
  private final IndexedHeap<Group<P, R>> full = new IndexedHeap<>();

  private int fullRows;

  /**
   * The least virtual time of a backlog when last a batch was put together, or what one that is far
   * ahead made of it; never goes back.
   */
  private long virtualTime;

  /** More than any caller is ever ahead: one that seems to be was idle until the time wrapped. */
  private final long aheadMax;

  private long activations;

  Tier(Priority priority, int batchRowsMax) {
    this.priority = priority;
    this.batchRowsMax = batchRowsMax;
    this.fullRows = batchRowsMax;
    this.aheadMax = LEAD_BATCHES * (batchRowsMax * (Reservation.ROW_COST_MAX * SCALE));
  }

  boolean isEmpty() {
    return order.isEmpty();
  }

  void add(Call<P, R> call) {
    Backlog<P, R> backlog = call.flow.backlog(priority);
    if (backlog.calls.isEmpty()) {
      begin(backlog);
    }
    Lane<P, R> lane = backlog.lanes.computeIfAbsent(call.batchKey, key -> new Lane<>(backlog, key));
    if (lane.group == null) {
      attach(lane);
    }
    call.lane = lane;
    backlog.calls.addLast(call);
    lane.calls.addLast(call);
    rowsChanged(lane, call.rows);
  }

  private void begin(Backlog<P, R> backlog) {
    long ahead = backlog.rank - virtualTime;
    if (!backlog.begun || ahead < 0 || ahead > aheadMax) {
      backlog.rank = virtualTime;
      backlog.begun = true;
    }
    backlog.tie = activations++;
    order.add(backlog);
  }

  /** Takes one call out, from anywhere. */
  void remove(Call<P, R> call, Lane<P, R> lane) {
    Backlog<P, R> backlog = lane.backlog;
    call.lane = null;
    backlog.calls.remove(call);
    lane.calls.remove(call);
    rowsChanged(lane, -call.rows);
    if (lane.calls.isEmpty()) {
      detach(lane);
      if (backlog.lanes.size() > KEPT) {
        backlog.lanes.remove(lane.batchKey);
      }
    }
    if (backlog.calls.isEmpty()) {
      order.remove(backlog);
    }
  }

  /** Lets the caller pay for a call that was dispatched. */
  void charge(Call<P, R> call) {
    Backlog<P, R> backlog = call.flow.backlog(priority);
    long perRow = call.rowCost * SCALE;
    long charge = call.rows * perRow / call.terms.weight();
    long leadMax =
        LEAD_BATCHES * (Math.max(batchRowsMax, call.rows) * perRow / call.terms.weight());
    if (virtualTime - backlog.rank > 0) {
      backlog.rank = virtualTime;
    }
    backlog.rank += charge;
    if (backlog.rank - leadMax - virtualTime > 0) {
      virtualTime = backlog.rank - leadMax;
    }
    if (backlog.inHeap()) {
      order.update(backlog);
    }
  }

  /** A batch is to be put together: who comes later starts level with who waits longest. */
  void advance() {
    Backlog<P, R> least = order.first();
    if (least != null && least.rank - virtualTime > 0) {
      virtualTime = least.rank;
    }
  }

  /**
   * The call that leads the next batch: the oldest of the least-served caller, unless that is
   * younger than the delay and a group with a full batch may precede it. The tier is not empty.
   */
  Call<P, R> leader(long now, long queueDelayNanosMax) {
    Call<P, R> oldest = head(order.first());
    boolean due = now - oldest.enqueuedNanos >= queueDelayNanosMax;
    Lane<P, R> lane = oldest.lane;
    if (due || full.isEmpty() || (lane != null && groupOf(lane).inHeap())) {
      return oldest;
    }
    return leastOfFull();
  }

  private Call<P, R> leastOfFull() {
    while (true) {
      Group<P, R> first = full.first();
      Lane<P, R> least = first == null ? null : first.least();
      Call<P, R> head = least == null ? null : least.calls.head();
      if (first == null || least == null || head == null) {
        throw new IllegalStateException("a full group has a call");
      }
      if (first.rank == least.rank && first.tie == least.tie) {
        return head;
      }
      first.rank = least.rank;
      first.tie = least.tie;
      full.update(first);
    }
  }

  private static <P, R> Call<P, R> head(@Nullable Backlog<P, R> backlog) {
    Call<P, R> head = backlog == null ? null : backlog.calls.head();
    if (head == null) {
      throw new IllegalStateException("a backlog in order has a call");
    }
    return head;
  }

  /** Any call, or null. */
  @Nullable Call<P, R> any() {
    return order.isEmpty() ? null : head(order.first());
  }

  /** The group of this key, or null if no call of it is queued here. */
  @Nullable Group<P, R> group(Object key) {
    return groups.get(key);
  }

  /** Sets from how many rows on a group has a full batch. */
  void fullRows(int rows) {
    fullRows = rows;
    groups.values().forEach(this::index);
  }

  /** Moves the queued calls of a caller to groups of its own, or back, as its flow says now. */
  void regroup(Flow<P, R> flow) {
    for (Lane<P, R> lane : flow.backlog(priority).lanes.values()) {
      if (lane.group != null) {
        detach(lane);
        attach(lane);
      }
    }
  }

  private void attach(Lane<P, R> lane) {
    Flow<P, R> flow = lane.backlog.flow;
    Object key = flow.apart ? new Group.Apart(flow, lane.batchKey) : lane.batchKey;
    Group<P, R> group = groups.computeIfAbsent(key, Group::new);
    group.add(lane);
    if (group.inHeap() && lane.before(group)) {
      group.rank = lane.rank;
      group.tie = lane.tie;
      full.update(group);
    }
    index(group);
  }

  private void detach(Lane<P, R> lane) {
    Group<P, R> group = groupOf(lane);
    group.remove(lane);
    index(group);
    if (group.isEmpty() && (groups.size() > KEPT || group.key instanceof Group.Apart)) {
      groups.remove(group.key);
    }
  }

  private void rowsChanged(Lane<P, R> lane, int by) {
    Group<P, R> group = groupOf(lane);
    group.rowsChanged(by);
    index(group);
  }

  private void index(Group<P, R> group) {
    boolean isFull = group.rows() >= fullRows;
    if (isFull == group.inHeap()) {
      return;
    }
    Lane<P, R> least = group.least();
    if (isFull && least != null) {
      group.rank = least.rank;
      group.tie = least.tie;
      full.add(group);
    } else {
      full.remove(group);
    }
  }

  private static <P, R> Group<P, R> groupOf(Lane<P, R> lane) {
    Group<P, R> group = lane.group;
    if (group == null) {
      throw new IllegalStateException("a lane with calls has a group");
    }
    return group;
  }
}
