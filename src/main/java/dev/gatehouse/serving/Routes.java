package dev.gatehouse.serving;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.registry.Canary;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Where the calls of one model go that name no version: to its canaries, each its share, and else
 * to the default. Immutable; routing allocates nothing.
 *
 * <p>A caller that a canary names always goes there. Of all other calls each is drawn anew, so that
 * a share is one of calls, and not of callers, some of which call a thousand times as often as
 * others. What a canary cannot run goes to the default.
 *
 * @param <V> the versions
 */
final class Routes<V extends RoutedVersion> {

  private static final int PERCENT = 100;

  private final @Nullable V byDefault;

  /** In the order of the versions' names. */
  private final List<Share<V>> shares;

  private final boolean drawing;

  private record Share<V>(V version, int percent, Set<CallerId> callers) {}

  /**
   * The routes of a model.
   *
   * @param defaultVersion null if it has none
   * @param running the versions that run
   * @param canaries of versions, also of those that do not run; that of the default counts nothing
   */
  Routes(
      @Nullable VersionId defaultVersion,
      Map<VersionId, V> running,
      Map<VersionId, Canary> canaries) {
    this.byDefault = defaultVersion == null ? null : running.get(defaultVersion);
    this.shares =
        running.values().stream()
            .filter(version -> !version.version().equals(defaultVersion))
            .filter(version -> canaries.containsKey(version.version()))
            .sorted(Comparator.comparing(version -> version.version().value()))
            .map(version -> share(version, canaries))
            .toList();
    this.drawing = shares.stream().anyMatch(share -> share.percent() > 0);
  }

  private static <V extends RoutedVersion> Share<V> share(
      V version, Map<VersionId, Canary> canaries) {
    Canary canary = canaries.getOrDefault(version.version(), Canary.NONE);
    return new Share<>(version, canary.percent(), canary.callers());
  }

  /** The version for a call of {@code caller}, or null if none runs. */
  @Nullable V route(CallerId caller) {
    if (shares.isEmpty()) {
      return byDefault;
    }
    return route(caller, drawing ? ThreadLocalRandom.current().nextInt(PERCENT) : 0);
  }

  /** As {@link #route(CallerId)}, with {@code draw} of 0 to 99 for chance. */
  @Nullable V route(CallerId caller, int draw) {
    for (int i = 0; i < shares.size(); i++) {
      Share<V> share = shares.get(i);
      if (share.callers().contains(caller)) {
        return share.version().ready() ? share.version() : byDefault;
      }
    }
    int left = draw;
    for (int i = 0; i < shares.size(); i++) {
      Share<V> share = shares.get(i);
      left -= share.percent();
      if (left < 0) {
        return share.version().ready() ? share.version() : byDefault;
      }
    }
    return byDefault;
  }

  /** The share in percent of a version that runs; 0 if it is no canary. */
  int percent(VersionId version) {
    for (Share<V> share : shares) {
      if (share.version().version().equals(version)) {
        return share.percent();
      }
    }
    return 0;
  }
}
