package dev.gatehouse.metrics;

import java.time.Duration;
import java.util.Map;

/** A hand that stays as it is. */
record FixedHand(
    int waitingAlarms,
    int waitingMessages,
    long droppedAlarms,
    Map<String, Long> ignoredAlerts,
    boolean available,
    Duration roundAge)
    implements HandState {}
