package dev.gatehouse.audit;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A control log that keeps what it is given, for tests of those who give. */
public final class HeldControlLog implements ControlLog {

  private final List<ControlEvent> events = new CopyOnWriteArrayList<>();

  @Override
  public void append(ControlEvent event) {
    events.add(event);
  }

  @Override
  public void offer(ControlEvent event) {
    events.add(event);
  }

  /** All that came, in order. */
  public List<ControlEvent> events() {
    return List.copyOf(events);
  }
}
