package dev.gatehouse.abuse;

import dev.gatehouse.abuse.content.ContentSignals;
import dev.gatehouse.abuse.traffic.TrafficSignals;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import java.util.Map;

/**
 * What this gateway saw of one caller at one moment.
 *
 * @param caller the caller
 * @param traffic signals of its traffic
 * @param contents signals of its rows, by model, of the models whose rows are watched
 */
public record CallerView(
    CallerId caller, TrafficSignals traffic, Map<ModelName, ContentSignals> contents) {

  /** Copies the map. */
  public CallerView {
    contents = Map.copyOf(contents);
  }
}
