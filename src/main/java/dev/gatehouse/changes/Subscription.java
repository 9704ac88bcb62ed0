package dev.gatehouse.changes;

import java.util.Map;
import org.jboss.logging.Logger;

/** Somebody who wants to hear of a topic. Used by the thread of {@link Changes} alone. */
final class Subscription {

  private static final Logger LOG = Logger.getLogger(Subscription.class);
  private static final long NOTHING = -1;

  private final Topic topic;
  private final Runnable subscriber;

  /** The counter at which the subscriber was last called and returned. */
  private long heard = NOTHING;

  Subscription(Topic topic, Runnable subscriber) {
    this.topic = topic;
    this.subscriber = subscriber;
  }

  /** It is called at the next occasion, whether something has changed or not. */
  void forget() {
    heard = NOTHING;
  }

  /** Calls the subscriber if its topic has moved; one that fails is called again. */
  void tell(Map<Topic, Long> counters) {
    long counter = counters.getOrDefault(topic, 0L);
    if (counter == heard) {
      return;
    }
    try {
      subscriber.run();
      heard = counter;
    } catch (RuntimeException | Error e) {
      LOG.errorf(e, "a subscriber of %s failed; it is called again", topic);
    }
  }
}
