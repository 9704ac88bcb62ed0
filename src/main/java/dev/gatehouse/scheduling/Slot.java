package dev.gatehouse.scheduling;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One instance, and what it runs. An instance that is replaced gets a slot of its own, so that the
 * thread which left the old one late finds itself abandoned still.
 */
final class Slot<P, R> {

  final int instance;

  /** Belongs to the {@link BatchQueue}. */
  @Nullable Batch<P, R> running;

  /** Set by the {@link BatchQueue}, once. */
  volatile boolean abandoned;

  /** Set before the slot is known to others. */
  volatile @Nullable Thread thread;

  /** Whether its thread waits for work; whoever clears it wakes the thread. */
  final AtomicBoolean parked = new AtomicBoolean();

  Slot(int instance) {
    this.instance = instance;
  }
}
