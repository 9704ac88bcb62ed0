package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.ServerCall;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

final class DelayedListenerTest {

  /** Writes down what it hears. */
  private static final class Heard extends ServerCall.Listener<String> {
    private final List<String> events = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void onMessage(String message) {
      events.add(message);
    }

    @Override
    public void onHalfClose() {
      events.add("half-close");
    }

    @Override
    public void onCancel() {
      events.add("cancel");
    }

    @Override
    public void onComplete() {
      events.add("complete");
    }

    @Override
    public void onReady() {
      events.add("ready");
    }
  }

  @Test
  void events_beforeAndAfter_comeInOrder() {
    DelayedListener<String> delayed = new DelayedListener<>();
    Heard heard = new Heard();
    delayed.onReady();
    delayed.onMessage("one");
    delayed.become(heard);
    delayed.onMessage("two");
    delayed.onHalfClose();
    delayed.onComplete();
    assertEquals(List.of("ready", "one", "two", "half-close", "complete"), heard.events);
  }

  @Test
  void cancel_beforeTheRealListener_reachesIt() {
    DelayedListener<String> delayed = new DelayedListener<>();
    Heard heard = new Heard();
    delayed.onCancel();
    delayed.become(heard);
    assertEquals(List.of("cancel"), heard.events);
  }

  @Test
  void event_fromWithinAnEvent_comesAfterIt() {
    DelayedListener<String> delayed = new DelayedListener<>();
    List<String> order = new ArrayList<>();
    delayed.onReady();
    delayed.onMessage("one");
    delayed.become(
        new ServerCall.Listener<>() {
          @Override
          public void onReady() {
            delayed.onHalfClose();
            order.add("ready");
          }

          @Override
          public void onMessage(String message) {
            order.add(message);
          }

          @Override
          public void onHalfClose() {
            order.add("half-close");
          }
        });
    assertEquals(List.of("ready", "one", "half-close"), order);
  }

  @Test
  void become_whileEventsCome_losesAndSwapsNone() throws Exception {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      expected.add("m" + i);
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      for (int round = 0; round < 2_000; round++) {
        DelayedListener<String> delayed = new DelayedListener<>();
        Heard heard = new Heard();
        Future<?> events = threads.submit(() -> expected.forEach(delayed::onMessage));
        Future<?> becoming = threads.submit(() -> delayed.become(heard));
        events.get();
        becoming.get();
        assertEquals(expected, heard.events, "round " + round);
      }
    }
  }
}
