package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Restraint;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What callers are held to, as of one moment of loading; immutable. When something ends is asked
 * with each decision, since no load comes with it.
 */
final class RestrictionIndex {

  private static final Comparator<Restriction> STRICTEST =
      Comparator.comparing(Restriction::restraint).reversed();

  /** Each the strictest first, so that the first that counts is the one that counts. */
  private final Map<CallerId, List<Restriction>> byCaller;

  RestrictionIndex(Collection<Restriction> restrictions) {
    Map<CallerId, List<Restriction>> lists = new HashMap<>();
    for (Restriction restriction : restrictions) {
      lists.computeIfAbsent(restriction.caller(), key -> new ArrayList<>(1)).add(restriction);
    }
    lists.values().forEach(list -> list.sort(STRICTEST));
    byCaller = Map.copyOf(lists);
  }

  /** Whether nobody was held to anything when this was loaded. */
  boolean isEmpty() {
    return byCaller.isEmpty();
  }

  /**
   * What the caller is held to at {@code now}, or null. Costs nothing while nobody is restricted,
   * and else a lookup.
   */
  @Nullable Restraint strictest(CallerId caller, Instant now) {
    List<Restriction> restrictions = isEmpty() ? null : byCaller.get(caller);
    return restrictions == null ? null : strictest(restrictions, now);
  }

  /** As {@link #strictest(CallerId, Instant)}; the time is asked of those who have any alone. */
  @Nullable Restraint strictest(CallerId caller, InstantSource clock) {
    List<Restriction> restrictions = isEmpty() ? null : byCaller.get(caller);
    return restrictions == null ? null : strictest(restrictions, clock.instant());
  }

  private static @Nullable Restraint strictest(List<Restriction> restrictions, Instant now) {
    for (Restriction restriction : restrictions) {
      if (restriction.active(now)) {
        return restriction.restraint();
      }
    }
    return null;
  }

  /** Everybody who is held to something at {@code now}, and to what. */
  Map<CallerId, Restraint> at(Instant now) {
    Map<CallerId, Restraint> held = HashMap.newHashMap(byCaller.size());
    byCaller.forEach(
        (caller, restrictions) -> {
          Restraint restraint = strictest(restrictions, now);
          if (restraint != null) {
            held.put(caller, restraint);
          }
        });
    return Map.copyOf(held);
  }

  /** Everybody who was held to something when this was loaded. */
  Set<CallerId> callers() {
    return byCaller.keySet();
  }
}
