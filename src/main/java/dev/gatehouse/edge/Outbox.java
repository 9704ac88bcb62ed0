package dev.gatehouse.edge;

import io.netty.util.concurrent.EventExecutor;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * What other threads have to send on the connections of one event loop, in their order.
 *
 * <p>A batch or a commit ends with answers to many calls. Handed to the transport one by one, the
 * first wakes the loop, which flushes what is there by then, often that one answer, and then the
 * next. From here the loop takes all that has gathered and flushes each connection once, after
 * that; and it is woken once, and not while it is at it.
 *
 * <p>Its bound is that of the calls in flight: each has one answer.
 */
final class Outbox implements Executor {

  /** How many answers go before the loop looks after its connections again. */
  static final int TURN_MAX = 256;

  private static final Logger LOG = Logger.getLogger(Outbox.class);

  private final EventExecutor loop;
  private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();

  /** Whether the loop has been told, and has not said since that nothing is left. */
  private final AtomicBoolean told = new AtomicBoolean();

  Outbox(EventExecutor loop) {
    this.loop = loop;
  }

  /** How many answers wait. */
  int waiting() {
    return waiting.size();
  }

  /** Whether this is the thread of the event loop. */
  boolean isHere() {
    return loop.inEventLoop();
  }

  /** Runs {@code sending} on the event loop: at once if this is its thread, soon otherwise. */
  @Override
  public void execute(Runnable sending) {
    if (isHere()) {
      sending.run();
      return;
    }
    waiting.add(sending);
    if (!told.get() && told.compareAndSet(false, true)) {
      tell();
    }
  }

  private void tell() {
    try {
      loop.execute(this::turn);
    } catch (RejectedExecutionException stopped) {
      // With the loop its connections have ended: there is nobody to send to, now or later.
      waiting.clear();
      told.set(false);
    }
  }

  private void turn() {
    do {
      for (int sent = 0; sent < TURN_MAX; sent++) {
        Runnable sending = waiting.poll();
        if (sending == null) {
          break;
        }
        run(sending);
      }
      if (!waiting.isEmpty()) {
        tell();
        return;
      }
      told.set(false);
      // Who came before that may have seen that the loop was told.
    } while (!waiting.isEmpty() && told.compareAndSet(false, true));
  }

  private static void run(Runnable sending) {
    try {
      sending.run();
    } catch (RuntimeException | Error broken) {
      // It must not cost others their answer.
      LOG.error("An answer could not be sent", broken);
    }
  }
}
