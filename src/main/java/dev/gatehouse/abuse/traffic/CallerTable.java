package dev.gatehouse.abuse.traffic;

import dev.gatehouse.core.CallerId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The watched callers, at most {@link TrafficSettings#callersMax} of them.
 *
 * <p>Beyond that, the caller whose last call is longest ago is forgotten, and the next call of it
 * begins a new history. Those that are pinned (restricted, or with a finding) are never forgotten,
 * whatever flood of new callers comes; nor are they a measure for their peers.
 *
 * <p>Used by the thread of the watch alone. State: {@link TrafficWatch#STATE_BYTES_MAX} for each
 * caller (108 MiB for 4,096), and 32 KiB and the costs of {@link ModelCosts#MODELS_MAX} models for
 * all together.
 */
public final class CallerTable {

  /** How often what is usual for peers is computed anew: every minute. */
  static final long PEERS_NANOS = 60 * Windows.SECOND_NANOS;

  private final TrafficSettings settings;
  private final Population population;

  /** Those that may be forgotten, the one that called longest ago first. */
  private final LinkedHashMap<CallerId, TrafficWatch> passing = new LinkedHashMap<>();

  private final Map<CallerId, TrafficWatch> pinned = new HashMap<>();
  private long evictions;
  private long peersSlice = -1;

  /**
   * Watches nobody yet.
   *
   * @param random where the key of the hashes is drawn from; a secure one, but in tests
   */
  public CallerTable(TrafficSettings settings, RandomGenerator random) {
    this.settings = settings;
    this.population = new Population(settings, KeyedHash.drawn(random));
  }

  /** Observes a call of {@code caller} that has ended. */
  public void observe(CallerId caller, CallerFacts facts, ObservedCall call) {
    TrafficWatch watch = pinned.get(caller);
    if (watch == null) {
      watch = passing.get(caller);
      watch = watch == null ? new TrafficWatch(population, facts) : watch;
      passing.putLast(caller, watch);
      makeRoom();
    }
    watch.know(facts);
    watch.observe(call);
    comparePeers(population.now());
  }

  private void makeRoom() {
    if (passing.size() + pinned.size() > settings.callersMax()) {
      passing.remove(passing.keySet().iterator().next());
      evictions++;
    }
  }

  private void comparePeers(long now) {
    if (now / PEERS_NANOS != peersSlice) {
      peersSlice = now / PEERS_NANOS;
      population.peers(Peers.of(passing.values()));
    }
  }

  /** The signals of a caller; empty if it is not watched. Does not count as activity. */
  public Optional<TrafficSignals> read(CallerId caller, long nowNanos, Instant at) {
    TrafficWatch watch = watch(caller);
    return watch == null ? Optional.empty() : Optional.of(watch.read(nowNanos, at));
  }

  /** Whether a caller is watched. */
  public boolean watches(CallerId caller) {
    return watch(caller) != null;
  }

  /** Those who are watched. */
  public List<CallerId> callers() {
    List<CallerId> watched = new ArrayList<>(size());
    watched.addAll(passing.keySet());
    watched.addAll(pinned.keySet());
    return watched;
  }

  /**
   * Keeps a caller from being forgotten, until it is let go; whether it is kept, which it is not if
   * it is not watched or {@link TrafficSettings#pinnedMax} others are pinned.
   */
  public boolean pin(CallerId caller) {
    if (pinned.containsKey(caller)) {
      return true;
    }
    if (pinned.size() >= settings.pinnedMax()) {
      return false;
    }
    TrafficWatch watch = passing.remove(caller);
    if (watch != null) {
      pinned.put(caller, watch);
    }
    return watch != null;
  }

  /** Lets a pinned caller be forgotten again in its turn, as if it had just called. */
  public void unpin(CallerId caller) {
    TrafficWatch watch = pinned.remove(caller);
    if (watch != null) {
      passing.put(caller, watch);
    }
  }

  /** How many callers are watched. */
  public int size() {
    return passing.size() + pinned.size();
  }

  /** How many callers were forgotten since the start. */
  public long evictions() {
    return evictions;
  }

  private @Nullable TrafficWatch watch(CallerId caller) {
    TrafficWatch watch = pinned.get(caller);
    return watch == null ? passing.get(caller) : watch;
  }
}
