package dev.gatehouse.scheduling;

import dev.gatehouse.scheduling.Call.State;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Moves calls from state to state, each move once, and keeps what is counted true: pending rows and
 * permits. Safe without a lock: of those who race for a call, one wins.
 */
final class CallLedger<P, R> {

  private final AdmissionGate<P, R> gate;
  private final LongAdder pendingRows = new LongAdder();

  CallLedger(AdmissionGate<P, R> gate) {
    this.gate = gate;
  }

  /** A call was submitted. */
  void queued(Call<P, R> call) {
    pendingRows.add(call.rows);
  }

  /** An instance takes the call; false if it was answered meanwhile. */
  boolean start(Call<P, R> call) {
    if (call.move(State.QUEUED, State.RUNNING) || call.move(State.AGAIN, State.RUNNING)) {
      pendingRows.add(-call.rows);
      return true;
    }
    return false;
  }

  /** The call is to run again; false if it was answered meanwhile. */
  boolean again(Call<P, R> call) {
    if (call.move(State.RUNNING, State.AGAIN)) {
      pendingRows.add(call.rows);
      return true;
    }
    return false;
  }

  /**
   * Claims the call for its one answer, and gives its permit back.
   *
   * @return where it was, or null if it is somebody else's
   */
  @Nullable State answer(Call<P, R> call) {
    State state = call.state();
    while (state != State.ANSWERED) {
      if (call.move(state, State.ANSWERED)) {
        if (state != State.RUNNING) {
          pendingRows.add(-call.rows);
        }
        gate.giveBack(call.flow, call.rows, call.bytes, call.calls);
        return state;
      }
      state = call.state();
    }
    return null;
  }

  /** The rows of calls that wait; exact while nothing moves. */
  int pendingRows() {
    return (int) Math.max(0, pendingRows.sum());
  }
}
