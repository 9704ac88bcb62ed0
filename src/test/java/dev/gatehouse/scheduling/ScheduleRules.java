package dev.gatehouse.scheduling;

import dev.gatehouse.core.Reason;
import dev.gatehouse.scheduling.SimulatedCall.Piece;
import dev.gatehouse.scheduling.SimulatedCall.Stage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What must always hold in a simulation, checked on a model of its own: who holds what, which calls
 * wait where, and who was served how much.
 */
final class ScheduleRules {

  /** A caller, and what it holds. */
  static final class Holder {
    final int index;
    final int weight;
    int rows;
    long bytes;
    int calls;

    Holder(int index, int weight) {
      this.index = index;
      this.weight = weight;
    }

    @Override
    public String toString() {
      return "caller " + index;
    }
  }

  /** An open reservation. */
  record Reserved(
      Flow<Piece, SimulatedCall.Rows> flow, Holder holder, CallTerms terms, int rows, long bytes) {}

  private static final int RUNS_KEPT = 128;

  private final BatcherSettings settings;
  private final boolean splits;
  private final AdmissionGate<Piece, SimulatedCall.Rows> gate;
  final List<Holder> holders = new ArrayList<>();
  final Set<SimulatedCall> open = new LinkedHashSet<>();
  final Map<DropReason, Integer> drops = new EnumMap<>(DropReason.class);
  private final Map<DropReason, Integer> dropsExpected = new EnumMap<>(DropReason.class);

  /** The pieces that wait and never ran: by caller, priority and key, oldest first. */
  final WaitingPieces waiting;

  private final FairShares shares;
  private final ArrayDeque<Long> runs = new ArrayDeque<>();
  private long runEnded;
  private int again;
  private int pendingRows;
  private int rows;
  private long bytes;
  private int calls;
  private int bulkWaited;
  private @Nullable ScheduleBrokenError broken;
  long now;

  /** What a completion does besides. */
  Runnable meanwhile = () -> {};

  ScheduleRules(
      BatcherSettings settings,
      boolean splits,
      AdmissionGate<Piece, SimulatedCall.Rows> gate,
      int[] weights,
      int keys,
      FairShares shares) {
    this.settings = settings;
    this.splits = splits;
    this.gate = gate;
    this.waiting = new WaitingPieces(weights.length, keys);
    this.shares = shares;
    for (int weight : weights) {
      holders.add(new Holder(holders.size(), weight));
    }
  }

  void require(boolean condition, String rule, Object subject) {
    if (!condition) {
      ScheduleBrokenError error = new ScheduleBrokenError(rule, subject);
      broken = broken == null ? error : broken;
      throw error;
    }
  }

  /** Throws what was thrown in a completion or listener before, where it goes no further. */
  void requireUnbroken() {
    if (broken != null) {
      throw broken;
    }
  }

  // Admission.

  /** Why a call should not be admitted, or null if it must be. */
  @Nullable Reason refusal(Holder holder, Priority priority, int moreRows, long moreBytes) {
    if (!gate.open()) {
      return Reason.DRAINING;
    }
    if (gate.usableInstances() == 0) {
      return Reason.MODEL_NOT_READY;
    }
    int rowsMax = splits ? settings.queueRowsMax() : settings.batchRowsMax();
    if (moreRows > rowsMax || moreBytes > settings.queueBytesMax()) {
      return Reason.TENSOR_INVALID;
    }
    int limit = gate.inFlightRows();
    int percent = settings.callerShareMaxPercent();
    int batch = Math.min(settings.batchRowsMax(), Math.max(1, limit / 2));
    int ofCaller = Math.max(batch, limit * percent / 100);
    int most = priority == Priority.BULK ? AdmissionGate.BULK_SHARE_MAX_PERCENT : 100;
    long bytesMost = settings.queueBytesMax() * most / 100;
    boolean fits =
        (rows == 0 || rows + moreRows <= limit * most / 100)
            && (bytes == 0 || bytes + moreBytes <= bytesMost)
            && calls < Math.max(1, settings.queueCallsMax() * most / 100)
            && (holder.rows == 0 || holder.rows + moreRows <= ofCaller)
            && (holder.bytes == 0
                || holder.bytes + moreBytes <= settings.queueBytesMax() * percent / 100)
            && holder.calls < callerCallsMax();
    return fits ? null : Reason.QUEUE_FULL;
  }

  private int callerCallsMax() {
    return Math.max(1, settings.queueCallsMax() * settings.callerShareMaxPercent() / 100);
  }

  void reserved(Reserved reserved) {
    hold(reserved.holder(), reserved.rows(), reserved.bytes(), 1);
    requireBounds(reserved.flow());
  }

  /** What holds at any instant, also while answers are on their way. */
  private void requireBounds(Flow<Piece, SimulatedCall.Rows> flow) {
    Permits all = gate.permits();
    require(all.rows() <= settings.queueRowsMax(), "rows over the bound", all.rows());
    require(all.bytes() <= settings.queueBytesMax(), "bytes over the bound", all.bytes());
    require(all.calls() <= settings.queueCallsMax(), "calls over the bound", all.calls());
    require(flow.permits.calls() <= callerCallsMax(), "calls over the share", flow.caller);
  }

  void released(Reserved reserved) {
    hold(reserved.holder(), -reserved.rows(), -reserved.bytes(), -1);
  }

  private void hold(Holder holder, int moreRows, long moreBytes, int moreCalls) {
    holder.rows += moreRows;
    holder.bytes += moreBytes;
    holder.calls += moreCalls;
    rows += moreRows;
    bytes += moreBytes;
    calls += moreCalls;
  }

  // The life of a call.

  void submitted(SimulatedCall call) {
    open.add(call);
    if (gate.closed()) {
      call.possible.add(Reason.DRAINING);
    } else if (gate.usableInstances() == 0) {
      call.possible.add(Reason.MODEL_NOT_READY);
    }
    for (Piece piece : call.pieces) {
      waiting.add(piece);
      pendingRows += piece.rows;
    }
  }

  /** From now on every open call may be refused so. */
  void allMayBe(Reason reason) {
    open.forEach(call -> call.possible.add(reason));
  }

  void requireRefusable(SimulatedCall call, Reason reason) {
    boolean may = call.possible.contains(reason);
    if (reason == Reason.DEADLINE_EXCEEDED && call.deadline.finite()) {
      long left = call.deadline.remainingNanos(now);
      may |= left <= 0 || left < certainNanos(RUNS_KEPT / 2);
    }
    require(may, "refused with " + reason, call);
  }

  /** The shortest of so many runs that ended last, or 0 if the last is long ago. */
  private long certainNanos(int lastRuns) {
    if (runs.isEmpty() || now - runEnded >= RunTimes.STALE_AFTER.toNanos()) {
      return 0;
    }
    long shortest = Long.MAX_VALUE;
    int left = lastRuns;
    for (long run : runs) {
      if (left-- == 0) {
        break;
      }
      shortest = Math.min(shortest, run);
    }
    return shortest;
  }

  void runEnded(long nanos) {
    runs.addFirst(nanos);
    if (runs.size() > RUNS_KEPT) {
      runs.removeLast();
    }
    runEnded = now;
  }

  /** The call has its answer. */
  void answered(SimulatedCall call) {
    open.remove(call);
    if (call.refused == Reason.CANCELLED || call.refused == Reason.DEADLINE_EXCEEDED) {
      countDrop(call);
    }
    call.pieces.forEach(this::ended);
    hold(call.holder, 0, 0, -1);
    meanwhile.run();
  }

  private void countDrop(SimulatedCall call) {
    if (call.pieces.getFirst().stage == Stage.WAITING) {
      boolean expired = call.deadline.passed(now);
      DropReason reason = expired ? DropReason.EXPIRED : DropReason.CERTAIN_TO_EXPIRE;
      dropsExpected.merge(
          call.refused == Reason.CANCELLED ? DropReason.CANCELLED : reason, 1, Integer::sum);
    }
  }

  /** The piece needs no run any more. */
  void ended(Piece piece) {
    if (piece.stage == Stage.ANSWERED) {
      return;
    }
    if (piece.stage == Stage.WAITING) {
      waiting.remove(piece);
    }
    again -= piece.stage == Stage.AGAIN ? 1 : 0;
    pendingRows -= piece.stage == Stage.RUNNING ? 0 : piece.rows;
    piece.stage = Stage.ANSWERED;
    hold(piece.call.holder, -piece.rows, -piece.bytes, 0);
  }

  /** The batch of the piece failed, and others were in it. */
  void again(Piece piece) {
    if (piece.stage == Stage.RUNNING) {
      piece.stage = Stage.AGAIN;
      pendingRows += piece.rows;
      again++;
    }
  }

  // Batches.

  /** Nothing was found to run, by an instance that could. */
  void idle() {
    require(again == 0 && waiting.isEmpty(), "idle though calls wait", waiting);
  }

  void polled(Batch<Piece, SimulatedCall.Rows> batch, int limit) {
    List<Piece> pieces = batch.payloads();
    Piece lead = pieces.getFirst();
    require(lead.runs > 0 || again == 0, "fresh calls before those to run again", lead);
    boolean fresh = lead.runs == 0;
    if (fresh) {
      beforeFresh(lead);
    }
    int sum = 0;
    for (Piece piece : pieces) {
      sum += piece.rows;
      require(piece.call.key == lead.call.key, "keys mixed", piece);
      require((piece.runs == 0) == fresh, "mixed with calls that run again", piece);
      requireAlive(piece);
      start(piece, pieces.size());
    }
    require(sum == batch.rows(), "rows miscounted", lead);
    require(sum <= settings.batchRowsMax() || pieces.size() == 1, "more rows than ever", lead);
    if (fresh) {
      requireFresh(batch, limit);
      shares.served(pieces, waiting);
    }
  }

  private void requireAlive(Piece piece) {
    Stage stage = piece.stage;
    require(stage == Stage.WAITING || stage == Stage.AGAIN, "ran though " + stage, piece);
    long left = piece.call.deadline.remainingNanos(now);
    require(left > 0, "ran though expired", piece);
    require(left >= certainNanos(RUNS_KEPT), "ran though certain to expire", piece);
  }

  private void start(Piece piece, int batchCalls) {
    if (piece.stage == Stage.WAITING) {
      require(waiting.first(piece) == piece, "overtook its own elder", piece);
      waiting.remove(piece);
      piece.firstBatchCalls = batchCalls;
    } else {
      again--;
    }
    pendingRows -= piece.rows;
    piece.stage = Stage.RUNNING;
    piece.runs++;
    int log = 31 - Integer.numberOfLeadingZeros(piece.firstBatchCalls);
    require(piece.runs <= 2 + log, "ran too often", piece);
  }

  /** Whose turn it is among the priorities. */
  private void beforeFresh(Piece lead) {
    boolean bulkLeads = lead.call.priority == Priority.BULK;
    boolean turn = bulkWaited == BatchAssembly.BULK_TURN_BATCHES - 1;
    boolean bulkWaits = waiting.calls(Priority.BULK) > 0;
    if (bulkLeads) {
      boolean preceded = waiting.calls(Priority.INTERACTIVE) > 0;
      require(!preceded || turn, "bulk before interactive", lead);
    } else {
      require(!bulkWaits || !turn, "bulk starves", lead);
    }
    bulkWaited = bulkLeads || !bulkWaits ? 0 : bulkWaited + 1;
  }

  /** The size of a batch that does not run again, and who shares it. */
  private void requireFresh(Batch<Piece, SimulatedCall.Rows> batch, int limit) {
    Piece lead = batch.payloads().getFirst();
    Flow<Piece, SimulatedCall.Rows> flow = batch.calls().getFirst().flow;
    require(batch.rows() <= limit || batch.calls().size() == 1, "over the limit", lead);
    boolean shared = batch.calls().stream().anyMatch(call -> call.flow != flow);
    for (Call<Piece, SimulatedCall.Rows> call : batch.calls()) {
      require(!shared || !call.flow.apart, "shares a batch with a penalised caller", lead);
    }
    int sharing = 0;
    for (Holder holder : holders) {
      Flow<?, ?> its = gate.flows().known(holder.index);
      boolean together = !flow.apart && its != null && !its.apart;
      sharing |= together || holder == lead.call.holder ? 1 << holder.index : 0;
    }
    int available = batch.rows() + waiting.rows(sharing, lead.call.key);
    int cut = limit;
    for (int size : settings.preferredBatchRows()) {
      cut = size <= Math.min(available, limit) ? size : cut;
    }
    int size = Math.max(lead.rows, cut);
    require(batch.rows() <= size, "over the preferred size", lead);
    int smallest = waiting.smallestFirst(sharing, lead.call.key);
    require(smallest > size - batch.rows(), "room was left", lead);
  }

  // At rest.

  /** What holds between any two events. */
  void atRest(int pending) {
    requireUnbroken();
    Permits all = gate.permits();
    require(all.rows() == rows, "rows held", all.rows() + " instead of " + rows);
    require(all.bytes() == bytes, "bytes held", all.bytes() + " instead of " + bytes);
    require(all.calls() == calls, "calls held", all.calls() + " instead of " + calls);
    require(pending == pendingRows, "rows pending", pending + " instead of " + pendingRows);
    require(rows <= settings.queueRowsMax(), "rows over the bound", rows);
    require(bytes <= settings.queueBytesMax(), "bytes over the bound", bytes);
    require(calls <= settings.queueCallsMax(), "calls over the bound", calls);
    for (Holder holder : holders) {
      Flow<?, ?> flow = gate.flows().known(holder.index);
      boolean same =
          flow == null
              ? holder.rows == 0 && holder.bytes == 0 && holder.calls == 0
              : flow.permits.rows() == holder.rows
                  && flow.permits.bytes() == holder.bytes
                  && flow.permits.calls() == holder.calls;
      require(same, "held by a caller", holder);
    }
  }

  boolean anythingWaits() {
    return again > 0 || !waiting.isEmpty();
  }

  /** Whether nobody holds anything. */
  boolean nothingHeld() {
    return rows == 0 && bytes == 0 && calls == 0;
  }

  /** What holds once everything is over. */
  void over() {
    requireUnbroken();
    require(open.isEmpty(), "never answered", open);
    require(nothingHeld() && pendingRows == 0, "held at the end", rows);
    require(splits || drops.equals(dropsExpected), "drops " + dropsExpected, drops);
  }
}
