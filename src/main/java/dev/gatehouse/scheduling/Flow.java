package dev.gatehouse.scheduling;

/**
 * One caller at one batcher: what it holds, what it has queued at each priority, and what is
 * remembered of its rejected calls. Its rank is when its penalty ends.
 */
final class Flow<P, R> extends IndexedHeap.Node implements Place<P, R> {

  final Object caller;
  final Permits permits = new Permits();
  final Backlog<P, R> interactive = new Backlog<>(this);
  final Backlog<P, R> bulk = new Backlog<>(this);

  /** Belongs to the {@link BatchQueue}. */
  final Strikes strikes = new Strikes();

  /** Whether its calls share no batch with others; belongs to the {@link BatchQueue}. */
  boolean apart;

  Flow(Object caller) {
    this.caller = caller;
  }

  Backlog<P, R> backlog(Priority priority) {
    return priority == Priority.INTERACTIVE ? interactive : bulk;
  }

  /** Whether forgetting it changes nothing but where its virtual time begins. */
  boolean forgettable(long now) {
    return permits.none()
        && interactive.calls.isEmpty()
        && bulk.calls.isEmpty()
        && !apart
        && strikes.blank(now);
  }
}
