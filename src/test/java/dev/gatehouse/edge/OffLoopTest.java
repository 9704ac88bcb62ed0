package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.CallersServiceGrpc;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** That what blocks leaves the event loop, in order, and that nothing else does. */
final class OffLoopTest {

  private static final Context.Key<String> KEY = Context.key("test");
  private static final MethodDescriptor<?, ?> BLOCKING = CallersServiceGrpc.getGetCallerMethod();
  private static final MethodDescriptor<?, ?> INFER =
      GRPCInferenceServiceGrpc.getModelInferMethod();

  /** Work that was given to threads, run when the test says. */
  private final Queue<Runnable> given = new ArrayDeque<>();

  private final OffLoop offLoop = new OffLoop(given::add, method -> method == BLOCKING);
  private final List<String> events = new ArrayList<>();

  /** Tells what it hears, and in which context. */
  private final class Endpoint extends ServerCall.Listener<Object> {
    private void hear(String event) {
      events.add(event + " in " + KEY.get());
    }

    @Override
    public void onMessage(Object message) {
      if (message.equals("poison")) {
        throw new IllegalStateException("poison");
      }
      hear("message " + message);
    }

    @Override
    public void onHalfClose() {
      hear("half close");
    }

    @Override
    public void onCancel() {
      hear("cancel");
    }

    @Override
    public void onComplete() {
      hear("complete");
    }

    @Override
    public void onReady() {
      hear("ready");
    }
  }

  private static final class Call extends ServerCall<Object, Object> {
    private final MethodDescriptor<Object, Object> method;
    private @Nullable Status closed;

    @SuppressWarnings("unchecked") // no message is ever made of it
    Call(MethodDescriptor<?, ?> method) {
      this.method = (MethodDescriptor<Object, Object>) method;
    }

    @Override
    public void request(int messages) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(Object message) {}

    @Override
    public void close(Status status, Metadata trailers) {
      closed = status;
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public MethodDescriptor<Object, Object> getMethodDescriptor() {
      return method;
    }
  }

  private ServerCall.Listener<Object> enter(OffLoop by, Call call) {
    ServerCallHandler<Object, Object> handler =
        (c, headers) -> {
          events.add("start in " + KEY.get());
          return new Endpoint();
        };
    Context context = Context.ROOT.withValue(KEY, "the call");
    Context before = context.attach();
    try {
      return by.interceptCall(call, new Metadata(), handler);
    } finally {
      context.detach(before);
    }
  }

  private void runAll() {
    for (Runnable work = given.poll(); work != null; work = given.poll()) {
      work.run();
    }
  }

  @Test
  void call_thatDoesNotBlock_staysWhereItIs() {
    ServerCall.Listener<Object> listener = enter(offLoop, new Call(INFER));
    assertTrue(listener instanceof Endpoint);
    assertEquals(List.of("start in the call"), events);
    assertTrue(given.isEmpty());
  }

  @Test
  void call_thatBlocks_isHandledElsewhereInOrderAndInItsContext() {
    ServerCall.Listener<Object> listener = enter(offLoop, new Call(BLOCKING));
    listener.onReady();
    listener.onMessage("m");
    assertEquals(List.of(), events, "nothing runs here");
    assertEquals(1, given.size(), "one thread for one call");
    runAll();
    assertEquals(
        List.of("start in the call", "ready in the call", "message m in the call"), events);
    listener.onHalfClose();
    listener.onCancel();
    listener.onComplete();
    assertEquals(3, events.size());
    runAll();
    assertEquals(
        List.of("half close in the call", "cancel in the call", "complete in the call"),
        events.subList(3, 6));
  }

  @Test
  void call_whoseHandlingThrows_isClosedWithAReferenceAndHearsNoMore() {
    Call call = new Call(BLOCKING);
    ServerCall.Listener<Object> listener = enter(offLoop, call);
    listener.onMessage("poison");
    listener.onHalfClose();
    runAll();
    assertNotNull(call.closed);
    assertSame(Reason.INTERNAL, RefusalStatus.reason(call.closed));
    assertEquals(List.of("start in the call"), events);
  }

  @Test
  void call_whenTheThreadsAreGone_isRefused() {
    OffLoop stopped =
        new OffLoop(
            work -> {
              throw new RejectedExecutionException();
            },
            method -> true);
    Call call = new Call(BLOCKING);
    assertNull(call.closed);
    enter(stopped, call);
    assertNotNull(call.closed);
    assertEquals(Status.Code.UNAVAILABLE, call.closed.getCode());
  }

  @Test
  void call_withRealThreads_neverHasTwoAtOnceAndLosesNothing() throws InterruptedException {
    int messages = 20_000;
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger overlaps = new AtomicInteger();
    List<Integer> heard = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      OffLoop real = new OffLoop(threads, method -> true);
      ServerCall.Listener<Object> listener =
          real.interceptCall(
              new Call(BLOCKING),
              new Metadata(),
              (call, headers) ->
                  new ServerCall.Listener<>() {
                    @Override
                    public void onMessage(Object message) {
                      overlaps.addAndGet(inside.getAndIncrement());
                      heard.add((Integer) message);
                      inside.decrementAndGet();
                    }
                  });
      for (int i = 0; i < messages; i++) {
        listener.onMessage(i);
      }
      threads.shutdown();
      assertTrue(threads.awaitTermination(1, TimeUnit.MINUTES));
    }
    assertEquals(0, overlaps.get());
    assertEquals(messages, heard.size());
    for (int i = 0; i < messages; i++) {
      assertEquals(i, heard.get(i));
    }
  }
}
