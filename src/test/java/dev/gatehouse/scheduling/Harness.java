package dev.gatehouse.scheduling;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * A {@link BatchQueue} on one thread and on a time that the test sets: calls by name, their
 * answers, and what the listener was told.
 */
final class Harness {

  static final Refusal REJECTED = new Refusal.ModelRejectedInput();

  final BatcherSettings settings;
  final AdmissionGate<String, String> gate;
  final BatchQueue<String, String> queue;
  final List<String> told = new ArrayList<>();
  private final Map<String, Call<String, String>> calls = new HashMap<>();
  private final Map<String, RecordedAnswer<String>> answers = new HashMap<>();

  /** Near the wrap-around of a long, where comparing readings by size would go wrong. */
  long now = Long.MAX_VALUE - 500;

  private CallTerms terms = terms("caller");
  private int rowCost = 1;

  Harness(BatcherSettings settings) {
    this.settings = settings;
    gate = new AdmissionGate<>(settings);
    queue = new BatchQueue<>(settings, gate);
  }

  /** Settings without preferred sizes, shares or an objective. */
  static BatcherSettings settings(int instances, int batch, Duration delay, int rows) {
    return new BatcherSettings(
        instances, batch, List.of(), delay, rows, 1_000_000, rows, 100, Duration.ZERO);
  }

  static CallTerms terms(String caller) {
    return new CallTerms(caller, 1, Priority.INTERACTIVE);
  }

  /** From now on calls are of this caller. */
  Harness as(String caller) {
    return as(caller, 1, Priority.INTERACTIVE);
  }

  Harness as(String caller, int weight, Priority priority) {
    terms = new CallTerms(caller, weight, priority);
    return this;
  }

  /** From now on a row costs so much. */
  Harness costing(int cost) {
    rowCost = cost;
    return this;
  }

  void enqueue(String name, String key, int rows) {
    enqueue(name, key, rows, Deadline.NONE);
  }

  void enqueue(String name, String key, int rows, Deadline deadline) {
    enqueueReserved(reserve(rows), name, key, rows, deadline);
  }

  /** Why the caller gets no permit. */
  Reason refused(int rows, long bytes) {
    return switch (gate.reserve(terms, rows, bytes)) {
      case Flow<String, String> flow -> throw new AssertionError("admitted");
      case Place.None<String, String>(Refusal refusal) -> refusal.reason();
    };
  }

  Flow<String, String> reserve(int rows) {
    return switch (gate.reserve(terms, rows, 1)) {
      case Flow<String, String> flow -> flow;
      case Place.None<String, String>(Refusal refusal) ->
          throw new AssertionError("refused: " + refusal);
    };
  }

  void enqueueReserved(
      Flow<String, String> flow, String name, String key, int rows, Deadline deadline) {
    RecordedAnswer<String> answer = new RecordedAnswer<>();
    Call.Permit<String, String> permit = new Call.Permit<>(flow, terms, rows, 1, 1);
    Call<String, String> call = new Call<>(permit, rowCost, key, deadline, now, name, answer);
    calls.put(name, call);
    answers.put(name, answer);
    queue.ledger().queued(call);
    queue.enqueue(call);
  }

  void cancel(String name) {
    Call<String, String> call = call(name);
    if (queue.claimCancelled(call) != null) {
      queue.unlink(call);
      call.deliver();
    }
  }

  Call<String, String> call(String name) {
    return Objects.requireNonNull(calls.get(name), name);
  }

  RecordedAnswer<String> answer(String name) {
    return Objects.requireNonNull(answers.get(name), name);
  }

  boolean idle(int instance) {
    return queue.poll(queue.slot(instance), now) == null;
  }

  Batch<String, String> batch(int instance) {
    return Objects.requireNonNull(queue.poll(queue.slot(instance), now), "nothing to run");
  }

  /** The payloads of the batch that an instance takes and keeps. */
  List<String> poll(int instance) {
    return batch(instance).payloads();
  }

  /** The payloads of the batch that instance 0 takes and ends at once. */
  List<String> run() {
    Batch<String, String> batch = batch(0);
    finish(batch);
    return batch.payloads();
  }

  /** Every call of the batch gets its name in upper case. */
  void finish(Batch<String, String> batch) {
    queue.finished(
        batch, batch.payloads().stream().map(name -> name.toUpperCase(Locale.ROOT)).toList(), now);
    deliver();
  }

  /** Fails if the batch has one of these, else finishes. */
  void finishUnless(Batch<String, String> batch, List<String> poison) {
    if (batch.payloads().stream().anyMatch(poison::contains)) {
      queue.failed(batch, REJECTED, false, now);
      deliver();
    } else {
      finish(batch);
    }
  }

  void expire() {
    queue.expire(now);
    deliver();
  }

  void deliver() {
    Outbox<String, String> outbox = queue.takeOutbox();
    for (Consumer<BatchListener> notice : outbox.notices()) {
      notice.accept(new Told());
    }
    outbox.answers().forEach(Call::deliver);
  }

  boolean nothingReserved() {
    return gate.permits().rows() == 0
        && gate.permits().calls() == 0
        && gate.permits().bytes() == 0
        && queue.ledger().pendingRows() == 0;
  }

  /** Writes down what the listener is told. */
  private final class Told implements BatchListener {

    @Override
    public void callDropped(DropReason reason) {
      told.add("dropped " + reason);
    }

    @Override
    public void callsRetried(int count) {
      told.add("retried " + count);
    }

    @Override
    public void callerPenalised() {
      told.add("penalised");
    }

    @Override
    public void limitsChosen(int batchRows, int inFlightRows) {
      told.add("limits " + batchRows + " " + inFlightRows);
    }

    @Override
    public void memoryExhausted(int rows) {
      told.add("exhausted " + rows);
    }
  }
}
