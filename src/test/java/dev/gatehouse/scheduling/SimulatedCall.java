package dev.gatehouse.scheduling;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A call of a simulation as the one who submitted it sees it: what it may get, and what it got. */
final class SimulatedCall implements Completion<SimulatedCall.Rows> {

  /** The result of some rows of a call. */
  record Rows(int call, int first, int rows) {}

  /** Where a piece is, as seen from outside. */
  enum Stage {
    WAITING,
    RUNNING,
    AGAIN,
    ANSWERED
  }

  /** What the runner gets: the call, or some rows of it. */
  static final class Piece {
    final SimulatedCall call;
    final int first;
    final int rows;
    final long bytes;
    Stage stage = Stage.WAITING;
    int runs;
    int firstBatchCalls;

    private Piece(SimulatedCall call, int first, int rows, long bytes) {
      this.call = call;
      this.first = first;
      this.rows = rows;
      this.bytes = bytes;
    }

    Rows result() {
      return new Rows(call.id, first, rows);
    }

    @Override
    public String toString() {
      return call + (call.pieces.size() > 1 ? "[" + first + "+" + rows + "]" : "");
    }
  }

  final int id;
  final ScheduleRules.Holder holder;
  final Priority priority;
  final int key;
  final int cost;
  final int rows;
  final long bytes;
  final Deadline deadline;
  final boolean poison;
  final List<Piece> pieces = new ArrayList<>(1);

  /** With what it may be refused now. */
  final Set<Reason> possible = EnumSet.noneOf(Reason.class);

  private final ScheduleRules rules;
  @Nullable Submission submission;
  @Nullable Reason refused;
  boolean answered;

  SimulatedCall(
      ScheduleRules rules,
      ScheduleRules.Reserved reserved,
      int id,
      int key,
      int cost,
      Deadline deadline,
      boolean poison,
      int pieceRowsMax) {
    this.rules = rules;
    this.id = id;
    this.holder = reserved.holder();
    this.priority = reserved.terms().priority();
    this.rows = reserved.rows();
    this.bytes = reserved.bytes();
    this.key = key;
    this.cost = cost;
    this.deadline = deadline;
    this.poison = poison;
    long bytesLeft = bytes;
    for (int first = 0; first < rows; first += pieceRowsMax) {
      int pieceRows = Math.min(pieceRowsMax, rows - first);
      long pieceBytes = first + pieceRows == rows ? bytesLeft : bytes / rows * pieceRows;
      bytesLeft -= pieceBytes;
      pieces.add(new Piece(this, first, pieceRows, pieceBytes));
    }
  }

  /** The whole as one payload, from which the batcher cuts pieces. */
  Piece whole() {
    return pieces.size() == 1 ? pieces.getFirst() : new Piece(this, 0, rows, bytes);
  }

  /** The piece of these rows. */
  Piece piece(int first, int pieceRows) {
    for (Piece piece : pieces) {
      if (piece.first == first && piece.rows == pieceRows) {
        return piece;
      }
    }
    throw new AssertionError("cut otherwise: " + first + "+" + pieceRows + " of " + this);
  }

  @Override
  public void completed(Rows result, Timing timing) {
    rules.require(!answered, "answered twice", this);
    rules.require(result.equals(new Rows(id, 0, rows)), "not its own rows", this);
    for (Piece piece : pieces) {
      rules.require(piece.runs > 0, "a result of rows that never ran", piece);
    }
    answered = true;
    rules.answered(this);
  }

  @Override
  public void refused(Refusal refusal) {
    rules.require(!answered, "answered twice", this);
    rules.requireRefusable(this, refusal.reason());
    answered = true;
    refused = refusal.reason();
    rules.answered(this);
  }

  @Override
  public String toString() {
    return "#" + id + " of " + holder + " " + priority + " key " + key + " rows " + rows;
  }
}
