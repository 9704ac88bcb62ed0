package dev.gatehouse.scheduling;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** The threads of one batcher: one for each instance's slot, and the one that watches deadlines. */
final class InstanceThreads<P, R> {

  private static final Logger LOG = Logger.getLogger(InstanceThreads.class);

  private final String label;
  private final Scheduler<P, R> scheduler;
  private final Settlement settlement;

  InstanceThreads(String label, Scheduler<P, R> scheduler, Settlement settlement) {
    this.label = label;
    this.scheduler = scheduler;
    this.settlement = settlement;
  }

  /** Starts all of them, and the deadline thread. */
  void start(int instances) {
    List<Slot<P, R>> slots = new ArrayList<>();
    for (int i = 0; i < instances; i++) {
      slots.add(scheduler.queue().slot(i));
    }
    slots.forEach(this::equip);
    scheduler.idle().slots(present -> slots);
    slots.forEach(this::begin);
    Thread deadlines = daemon(label + "-deadlines", scheduler::watchDeadlines);
    scheduler.deadlineThread(deadlines);
    deadlines.start();
  }

  /** Gives the slot its thread, which is not started yet. */
  private void equip(Slot<P, R> slot) {
    slot.thread = daemon(label + "-" + slot.instance, () -> serve(slot));
  }

  private void begin(Slot<P, R> slot) {
    Thread thread = slot.thread;
    if (thread == null) {
      throw new IllegalStateException("a slot is given its thread before it begins");
    }
    settlement.threadStarts();
    try {
      thread.start();
    } catch (Throwable cannotStart) {
      settlement.threadEnded();
      abandon(() -> slot);
      throw cannotStart;
    }
  }

  private static Thread daemon(String name, Runnable body) {
    return Thread.ofPlatform()
        .name(name)
        .daemon(true)
        .inheritInheritableThreadLocals(false) // the starting call's identity is not theirs
        .unstarted(body);
  }

  /** The life of an instance's thread. */
  private void serve(Slot<P, R> slot) {
    try {
      while (scheduler.serve(slot)) {}
    } catch (Throwable fault) {
      LOG.errorf(fault, "%s: instance %d ended by a fault", label, slot.instance);
      abandon(() -> slot);
    } finally {
      settlement.threadEnded();
    }
  }

  /** Gives an instance up; {@code slot} is asked under the lock. */
  void abandon(Supplier<Slot<P, R>> slot) {
    scheduler.change(() -> giveUp(slot.get()));
    scheduler.wakeAll();
  }

  private void giveUp(Slot<P, R> slot) {
    Thread thread = slot.thread;
    if (scheduler.queue().abandon(slot) && thread != null) {
      // Under the lock, and only while it runs: it can hit the runner, never a completion.
      thread.interrupt();
    }
  }

  /** Puts a fresh slot and thread in the place of an abandoned one; false if it is not. */
  boolean replace(int instance) {
    List<Slot<P, R>> fresh = new ArrayList<>(1);
    scheduler.change(
        () -> {
          Slot<P, R> slot = scheduler.queue().replace(instance);
          if (slot != null) {
            equip(slot);
            scheduler.idle().slots(present -> with(present, slot));
            fresh.add(slot);
          }
        });
    fresh.forEach(this::begin);
    return !fresh.isEmpty();
  }

  private static <P, R> List<Slot<P, R>> with(List<Slot<P, R>> present, Slot<P, R> slot) {
    List<Slot<P, R>> changed = new ArrayList<>(present);
    changed.set(slot.instance, slot);
    return changed;
  }
}
