package dev.gatehouse.testing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What runs when this virtual machine ends: one hook that stops every server still up, the one
 * started last first, so that none loses what it depends on.
 */
final class StopOrder {

  private static final StopOrder HOOK = new StopOrder();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(HOOK::stopAll, "stop-servers"));
  }

  @GuardedBy("this")
  private final Deque<Runnable> stops = new ArrayDeque<>();

  private StopOrder() {}

  static void add(Runnable stop) {
    HOOK.push(stop);
  }

  static void remove(Runnable stop) {
    HOOK.drop(stop);
  }

  private synchronized void push(Runnable stop) {
    stops.push(stop);
  }

  private synchronized void drop(Runnable stop) {
    stops.remove(stop);
  }

  private synchronized Runnable[] all() {
    return stops.toArray(Runnable[]::new);
  }

  private void stopAll() {
    for (Runnable stop : all()) {
      try {
        stop.run();
      } catch (RuntimeException e) {
        System.err.println("a server did not stop: " + e);
      }
    }
  }
}
