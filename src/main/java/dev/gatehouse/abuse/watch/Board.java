package dev.gatehouse.abuse.watch;

import dev.gatehouse.abuse.CallerView;
import dev.gatehouse.abuse.content.ContentSignals;
import dev.gatehouse.abuse.traffic.TrafficSignals;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.metrics.ContentSeen;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.metrics.TrafficSeen;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Where signals are shown: what was read, and what was counted since the reading before. */
interface Board {

  /** Of a caller of which nothing is seen any more. */
  TrafficSeen NO_TRAFFIC =
      new TrafficSeen(0, 0, 0, 0, OptionalDouble.empty(), OptionalDouble.empty(), 0, 0, 0);

  /** Of a pair of which nothing is seen any more. */
  ContentSeen NO_CONTENTS = new ContentSeen(0, 0, 0, 0, OptionalDouble.empty(), 0);

  /** So long what the last rows looked like is shown. */
  double SHOWN_SECONDS_MAX = 3_600;

  /** Shows a caller's traffic. */
  void trafficSeen(CallerId caller, TrafficSeen seen);

  /** Shows a caller's rows to a model. */
  void contentSeen(CallerId caller, ModelName model, ContentSeen seen);

  /** Counts observations that were not looked at. */
  void observationsDropped(long count);

  /** The metrics as a board. */
  static Board of(GatewayMetrics metrics) {
    return new Board() {
      @Override
      public void trafficSeen(CallerId caller, TrafficSeen seen) {
        metrics.trafficSeen(caller, seen);
      }

      @Override
      public void contentSeen(CallerId caller, ModelName model, ContentSeen seen) {
        metrics.contentSeen(caller, model, seen);
      }

      @Override
      public void observationsDropped(long count) {
        metrics.observationsDropped(count);
      }
    };
  }

  /** Shows a view after the one before it, which is null the first time. */
  default void show(@Nullable CallerView before, CallerView now) {
    trafficSeen(now.caller(), seen(before == null ? null : before.traffic(), now.traffic()));
    Map<ModelName, ContentSignals> then = before == null ? Map.of() : before.contents();
    now.contents()
        .forEach(
            (model, signals) -> contentSeen(now.caller(), model, seen(then.get(model), signals)));
    then.keySet().stream()
        .filter(model -> !now.contents().containsKey(model))
        .forEach(model -> contentSeen(now.caller(), model, NO_CONTENTS));
  }

  /** Shows that a caller is not watched any more. */
  default void forget(CallerView last) {
    trafficSeen(last.caller(), NO_TRAFFIC);
    last.contents().keySet().forEach(model -> contentSeen(last.caller(), model, NO_CONTENTS));
  }

  private static TrafficSeen seen(@Nullable TrafficSignals before, TrafficSignals now) {
    return new TrafficSeen(
        now.models().distinct(),
        now.origins().networks(),
        now.credentials().distinct(),
        now.credentials().shared(),
        now.latency()
            .map(shift -> OptionalDouble.of(shift.factor()))
            .orElse(OptionalDouble.empty()),
        now.cost().factor(),
        since(before == null ? 0 : before.origins().freshTotal(), now.origins().freshTotal()),
        since(before == null ? 0 : offHours(before), offHours(now)),
        since(before == null ? 0 : before.models().unknownTotal(), now.models().unknownTotal()));
  }

  private static long offHours(TrafficSignals signals) {
    return signals.offHours().map(TrafficSignals.OffHours::total).orElse(0L);
  }

  private static ContentSeen seen(@Nullable ContentSignals before, ContentSignals now) {
    return new ContentSeen(
        since(before == null ? 0 : distinct(before), distinct(now)),
        since(before == null ? 0 : before.nearDuplicateRows(), now.nearDuplicateRows()),
        since(before == null ? 0 : before.lowMarginRows(), now.lowMarginRows()),
        since(before == null ? 0 : before.novelRows(), now.novelRows()),
        !idle(now) && now.broad() ? now.distanceNormality() : OptionalDouble.empty(),
        !idle(now) && now.copying() ? now.extractionScore() : 0);
  }

  /** Of rows of long ago nothing is shown. */
  private static boolean idle(ContentSignals signals) {
    return signals.idleSeconds() > SHOWN_SECONDS_MAX;
  }

  private static long distinct(ContentSignals signals) {
    return signals.observedRows() - signals.exactRepeats();
  }

  /** Who was forgotten and came back counts from 0 again. */
  private static long since(long before, long now) {
    return now < before ? now : now - before;
  }
}
