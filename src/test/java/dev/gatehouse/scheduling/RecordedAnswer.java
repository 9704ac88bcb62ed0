package dev.gatehouse.scheduling;

import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A completion that remembers every answer it was given. */
final class RecordedAnswer<R> implements Completion<R> {

  private final CountDownLatch answered = new CountDownLatch(1);
  private final List<Object> answers = new ArrayList<>();
  private volatile Timing timing = new Timing(-1, -1, -1);

  @Override
  public void completed(R result, Timing runTiming) {
    timing = runTiming;
    add(result);
  }

  @Override
  public void refused(Refusal refusal) {
    add(refusal);
  }

  private void add(Object answer) {
    synchronized (answers) {
      answers.add(answer);
    }
    answered.countDown();
  }

  /** How many answers came so far. */
  int count() {
    synchronized (answers) {
      return answers.size();
    }
  }

  /** The only answer; waits for it. */
  Object get() throws InterruptedException {
    if (!answered.await(60, TimeUnit.SECONDS)) {
      throw new AssertionError("no answer");
    }
    synchronized (answers) {
      if (answers.size() != 1) {
        throw new AssertionError("answered " + answers);
      }
      return answers.getFirst();
    }
  }

  /** The reason of the only answer, a refusal; waits for it. */
  Reason reason() throws InterruptedException {
    return ((Refusal) get()).reason();
  }

  Timing timing() {
    return timing;
  }
}
