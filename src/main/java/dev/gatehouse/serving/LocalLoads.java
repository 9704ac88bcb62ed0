package dev.gatehouse.serving;

import dev.gatehouse.core.Ticker;
import dev.gatehouse.registry.HeldVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which ready versions are being loaded here too, which could not be, and when that is tried again.
 * As many as may be deployed at most. Safe for any thread.
 */
final class LocalLoads {

  /** The pause before a version that could not be loaded is tried again; it doubles every time. */
  static final Duration RETRY_MIN = Duration.ofSeconds(5);

  /** The longest such pause. */
  static final Duration RETRY_MAX = Duration.ofMinutes(5);

  private static final int DOUBLINGS_MAX = 16;

  private final Ticker ticker;
  private final Set<HeldVersion> queued = ConcurrentHashMap.newKeySet();
  private final Map<HeldVersion, Failure> failures = new ConcurrentHashMap<>();

  /**
   * Why a version does not run here.
   *
   * @param reason for people
   * @param certain whether it will fail the same way again, as far as can be told
   */
  private record Failure(String reason, boolean certain, int times, long againNanos) {}

  LocalLoads(Ticker ticker) {
    this.ticker = ticker;
  }

  /** Of what is missing here, what is to be queued now; failures of what is not are forgotten. */
  List<HeldVersion> due(Collection<HeldVersion> missing) {
    failures.keySet().retainAll(Set.copyOf(missing));
    long now = ticker.nanos();
    List<HeldVersion> due = new ArrayList<>();
    for (HeldVersion version : missing) {
      Failure failure = failures.get(version);
      if (!queued.contains(version) && (failure == null || now - failure.againNanos() >= 0)) {
        due.add(version);
      }
    }
    return due;
  }

  void queue(HeldVersion version) {
    queued.add(version);
  }

  /** The load has ended, or was not needed. */
  void ended(HeldVersion version) {
    queued.remove(version);
  }

  /** It runs. */
  void succeeded(HeldVersion version) {
    failures.remove(version);
  }

  /** It does not run; {@code certain} if it will fail the same way again. */
  void failed(HeldVersion version, String reason, boolean certain) {
    failures.compute(
        version,
        (key, before) -> {
          int times = before == null ? 0 : Math.min(before.times() + 1, DOUBLINGS_MAX);
          long pause = Math.min(RETRY_MIN.toNanos() << times, RETRY_MAX.toNanos());
          return new Failure(reason, certain, times, ticker.nanos() + pause);
        });
  }

  /** Versions that will not run here, as far as can be told, and why. */
  Map<HeldVersion, String> hopeless() {
    Map<HeldVersion, String> hopeless = new ConcurrentHashMap<>();
    failures.forEach(
        (version, failure) -> {
          if (failure.certain()) {
            hopeless.put(version, failure.reason());
          }
        });
    return hopeless;
  }

  /** How many ready versions could not be loaded here. */
  int failures() {
    return failures.size();
  }

  /** What is about to be loaded and has not failed. */
  Collection<HeldVersion> expected() {
    Set<HeldVersion> expected = new HashSet<>(queued);
    expected.removeAll(failures.keySet());
    return expected;
  }
}
